// biome-ignore-all lint/suspicious/noTemplateCurlyInString: programs of the table have templates.
import { describe, expect, it } from "vitest";
import { evaluateText, functionFromText } from "../../src/functions/interpreter/main.ts";
import { deploy } from "./harness.ts";

/** Body of a function → what it returns, as JSON; or what it throws. */
const PROGRAMS: [body: string, result: string][] = [
  ["return 1+2*3", "7"],
  ["var a=[];for(var i=0;i<3;i++)a.push(function(){return i});return a.map(f=>f())", "[3,3,3]"],
  ["let a=[];for(let i=0;i<3;i++)a.push(()=>i);return a.map(f=>f())", "[0,1,2]"],
  ["const {a,b:{c=5,...r}={},...o}={a:1,b:{d:2},e:3};return [a,c,r,o]", '[1,5,{"d":2},{"e":3}]'],
  ["const [x,,y=3,...z]=[1,2,undefined,4,5];return [x,y,z]", "[1,3,[4,5]]"],
  [
    "var r=[];outer:for(let i=0;i<3;i++){for(let j=0;j<3;j++){if(j==1)continue outer;if(i==2)break outer;r.push([i,j])}} return r;var r=r||[]",
    "[[0,0],[1,0]]",
  ],
  [
    "class A{constructor(x){this.x=x} get y(){return this.x*2} static s(){return 's'} z=7; m(){return 'm'+this.z}} class B extends A{constructor(){super(5);this.q=1} m(){return super.m()+'b'}} const b=new B();return [b.x,b.y,B.s(),b.m(),b instanceof A,b.q,Object.keys(b)]",
    '[5,10,"s","m7b",true,1,["z","x","q"]]',
  ],
  [
    "class E2 extends Error{} try{throw new E2('hi')}catch(e){return [e.message,e instanceof E2,e instanceof Error,e.name]}",
    '["hi",true,true,"Error"]',
  ],
  ["try{return 1}finally{a=2} var a", "1"],
  ["function f(){try{return 1}finally{return 2}} return f()", "2"],
  [
    "function f(){for(const x of [1,2,3]){try{continue}finally{n++}}return n} var n=0;return f()",
    "3",
  ],
  [
    "var x='';switch(3){case 1:return 'a';case 3:{let q=1};case 4:x+='b';break;default:x+='c'} return x;var x=x||''",
    '"b"',
  ],
  ["with({a:1,f(){return this.a}}){a=5;return [a,f()]}", "[5,5]"],
  ["var o={};with(o){var z=1} return [o,z]", "[{},1]"],
  ["return typeof nope", '"undefined"'],
  ["try{nope}catch(e){return e.message}", '"nope is not defined"'],
  ["try{null.x}catch(e){return e.name}", '"TypeError"'],
  ["return arguments.length", "1"],
  [
    "function f(a,b=2,...c){return [a,b,c,f.length,f.name,arguments.length]} return f(1,undefined,3,4)",
    '[1,2,[3,4],1,"f",4]',
  ],
  ["const g=()=>arguments[0];return g(9)", "1"],
  ["return [...'abc',...new Set([1])]", '["a","b","c",1]'],
  ["return {...{a:1},['x'+1]:2,get q(){return 3},m(){return this.a},'k':4,__proto__:null}.a", "1"],
  ["return `a${1}b${`c${2}`}`", '"a1bc2"'],
  [
    "function t(s,...v){return s.raw.join('|')+v.join(',')} return t`x${1}y\\n${2}z`",
    '"x|y\\\\n|z1,2"',
  ],
  ["return /a(.)c/.exec('abc')[1]", '"b"'],
  [
    "let o={a:{b:null}};return [o?.a?.b?.c,o.x?.y.z,o.f?.(),o?.['a']]",
    '[null,null,null,{"b":null}]',
  ],
  ["let a=null;a??=3;a||=4;a&&=5;return a", "5"],
  [
    "let i=5;return [i++,++i,i--,--i,-i,+'3',~1,!0,void 0,typeof i]",
    '[5,7,7,5,-5,3,-2,true,null,"number"]',
  ],
  ["var o={n:1};o.n+=2;o['n']**=2;return [o.n,delete o.n,'n' in o]", "[9,true,false]"],
  ["return (function(){return this===globalThis})()", "true"],
  ["'use strict';return (function(){return this})()", "undefined"],
  ["return (()=>this)()===globalThis", "true"],
  ["function F(){if(!new.target)return new F();this.v=1} return F().v", "1"],
  ["let s='';for(const k in {a:1,b:2})s+=k;return s", '"ab"'],
  ["do{var n=(n||0)+1}while(n<5);return n", "5"],
  ["var x=1;{function x2(){return 2}} return x2()", "2"],
  ["if(true){function q(){return 1}} return q()", "1"],
  ["return hoisted();function hoisted(){return 'h'}", '"h"'],
  ["try{x;let x=1}catch(e){return e.message}", "\"Cannot access 'x' before initialization\""],
  ["try{const c=1;c=2}catch(e){return e.message}", '"Assignment to constant variable."'],
  ["const f=function fact(n){return n<2?1:n*fact(n-1)};return [f(5),f.name]", '[120,"fact"]'],
  ["var f=function(){};return f.name", '"f"'],
  [
    "function* g(){const x=yield 1;yield x*2;return 3} const i=g();return [i.next(),i.next(5),i.next(),i.next()]",
    '[{"value":1,"done":false},{"value":10,"done":false},{"value":3,"done":true},{"done":true}]',
  ],
  [
    "function* g(){yield* [1,2];try{yield 3}finally{n++}} let n=0;const r=[];for(const x of g()){r.push(x);if(x===3)break} return [r,n]",
    "[[1,2,3],1]",
  ],
  ["return [...(function*(){for(let i=0;i<3;i++)yield i})()]", "[0,1,2]"],
  ["return (async()=>{let t=0;for(let i=0;i<3;i++)t+=await Promise.resolve(i);return t})()", "3"],
  [
    "return (async function(){try{await Promise.reject(new Error('x'))}catch(e){return e.message}finally{await 1}})()",
    '"x"',
  ],
  [
    "return (async()=>{const r=[];for await(const x of [Promise.resolve(1),2])r.push(x);return r})()",
    "[1,2]",
  ],
  [
    "return (async()=>{const f=async x=>x+1;return [await f(1),await f(await f(2)),(await f(5))>5&&await f(7), {a:await f(1)}]})()",
    '[2,4,8,{"a":2}]',
  ],
  [
    "return (async()=>{async function* g(){yield 1;await 0;yield 2} const r=[];for await(const x of g())r.push(x);return r})()",
    "[1,2]",
  ],
  [
    "return JSON.stringify(Object.getOwnPropertyDescriptor(class{static a=1},'a'))",
    '"{\\"value\\":1,\\"writable\\":true,\\"enumerable\\":true,\\"configurable\\":true}"',
  ],
  ["return new (class extends Array{})(3).length", "3"],
  ["let a=1,b=2;[a,b]=[b,a];return [a,b]", "[2,1]"],
  ["var o={};({x:o.q,y:[o.z]}={x:1,y:[2]});return o", '{"q":1,"z":2}'],
  ["return [1,2,3].map(function(x){return this.k*x},{k:2})", "[2,4,6]"],
  ["return new Date(0).getTime()", "0"],
  ["return Math.max(...[1,2],3)", "3"],
  ["label:{break label} return 1", "1"],
  ["for(var k of [1,2]){} return k", "2"],
  ["return ((a,b)=>a+b).length", "2"],
  ["var a={valueOf(){return 4}};return a*2+`${a}`", '"8[object Object]"'],
  ["return 1,2", "2"],
  ["return (1,2)", "2"],
  ["let x; return x = {y:1}, x.y", "1"],
  ["throw new TypeError('q')", "TypeError: q"],
  ["return [,1,,].length", "3"],
  ["return String(function(){ }).length>0", "true"],
  ["return isNaN(NaN)&&undefined===void 0", "true"],
  ["var undefined2=undefined;return undefined2", "undefined"],
  ["return 'a'.length+[].length", "1"],
  ["return ((a,{b}={b:2},[c]=[3])=>[a,b,c])(1)", "[1,2,3]"],
  ["const o={a:1,get b(){return this.a},set b(v){this.a=v}};o.b=9;return o.b", "9"],
  ["return ''+{toString(){return 'ts'}}", '"ts"'],
  [
    "class P{static create(){return new this()} v=1} class Q extends P{w=2} return [Q.create().v,Q.create().w]",
    "[1,2]",
  ],
  ["class A{constructor(){return {z:1}}} return new A().z", "1"],
  ["class A{m(){return (()=>this.k)()} k=3} return new A().m()", "3"],
  [
    "class A{} class B extends A{constructor(){const f=()=>super();f();this.ok=1}} return new B().ok",
    "1",
  ],
  ["try{A();class A{}}catch(e){return e.name}", '"ReferenceError"'],
  ["try{(class{})()}catch(e){return e.message.slice(0,17)}", '"Class constructor"'],
  ["return Object.keys(class{a(){}}.prototype)", "[]"],
  ["return new.target===undefined", "true"],
  ["return Reflect.ownKeys((function(){}).prototype)", '["constructor"]'],
  [
    "async function f(){} return [f.constructor.name,typeof f().then]",
    '["AsyncFunction","function"]',
  ],
  ["var fn=async()=>{};return Object.prototype.toString.call(fn)", '"[object AsyncFunction]"'],
];

describe("code that is made from text", () => {
  it.each(PROGRAMS)("%s", async (body, result) => {
    const run = async () => functionFromText("function", ["a1", body])(1);
    const shown = await run().then(
      (value) => JSON.stringify(value) ?? "undefined",
      ({ name, message }) => `${name}: ${message}`,
    );
    expect(shown).toBe(result);
  });

  it.each([
    ["1 + 1", 2],
    ["var x = 1; x += 2", 3],
    ["this === globalThis", true],
    ["typeof require", "function"],
    ["if (0) 1", undefined],
  ])("eval(%j)", (text, value) => {
    expect(evaluateText(text, () => {})).toBe(value);
  });

  it("has the parameters of its texts, and shows them", () => {
    const made = functionFromText("function", ["a", "b = 2, ...c", "return [a, b, c]"]);
    expect(made(1, undefined, 3)).toEqual([1, 2, [3]]);
    expect(String(made)).toBe("function anonymous(a,b = 2, ...c\n) {\nreturn [a, b, c]\n}");
    expect([made.name, made.length]).toEqual(["anonymous", 1]);
  });

  it.each([["return ("], ["let a; let a"], ["await 1"]])("%j is a SyntaxError", (body) => {
    expect(() => functionFromText("function", [body])).toThrow(SyntaxError);
  });
});

describe("a function of a build", () => {
  const answer = async (body: string, dependencies: Record<string, string> = {}) => {
    const { call, warnings } = await deploy({
      functions: {
        "f.js": `exports.handler = async (context, event, callback) => {
          callback(null, { value: await (async () => { ${body} })() });
        };`,
      },
      dependencies: Object.entries(dependencies).map(([name, version]) => ({ name, version })),
    });
    const { value, message } = JSON.parse((await call("/f")).body);
    return [value ?? message, warnings];
  };

  it.each([
    ["new Function", `return new Function("a", "b", "return a + b")(1, 2)`, 3],
    ["Function.apply", `return Function.apply(null, ["a", "return a"])(4)`, 4],
    [
      "async functions",
      `const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;
       return new AsyncFunction("a", "return (await a) + 1")(Promise.resolve(1))`,
      2,
    ],
    ["eval, and require in it", `return eval("require")("path").sep + (0, eval)("1 + 1")`, "/2"],
    ["import() in it", `return (await new Function("id", "return import(id)")("path")).sep`, "/"],
    [
      "a class that extends Function",
      `class Sum extends Function { constructor() { super("a", "return a + 1"); } more() { return this(5); } }
       return [new Sum()(1), new Sum().more(), new Sum() instanceof Function]`,
      [2, 6, true],
    ],
    [
      "what is no function",
      `return [typeof Function, (() => {}) instanceof Function, {} instanceof Function]`,
      ["function", true, false],
    ],
  ])("may use %s", async (_, body, value) => {
    expect(await answer(body)).toEqual([value, []]);
  });

  it.each([
    ["a package", `return require("made-evals").f()`, { "made-evals": "*" }, 7],
    [
      "lodash",
      `return require("lodash").template("Hi <%- n %>")({ n: "<B>" })`,
      { lodash: "*" },
      "Hi &lt;B&gt;",
    ],
  ])("may use %s that does", async (_, body, dependencies, value) => {
    expect(await answer(body, dependencies as never)).toEqual([value, []]);
  });
});
