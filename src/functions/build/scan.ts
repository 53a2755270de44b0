import { readModule } from "./module-syntax.ts";

/** What a script asks for, found without a syntax tree. */
export type Scanned = {
  /** Literal specifiers of require(), require.resolve(), import and import(). */
  specifiers: string[];
  /** Has import or export statements. */
  esm: boolean;
  /** Reads files, or asks for where it stands. */
  readsFiles: boolean;
  /** May have import() calls. */
  dynamic: boolean;
  /** Makes code of text, which is interpreted here. */
  evals: boolean;
  /** Requires what stands in no literal. */
  computed: boolean;
  /** Asks for Twilio's client: a context that it is given, or the global scope. */
  usesClient: boolean;
};

/**
 * What follows "equire" in a call of something with "require" in its name: bundlers rename it. A hit
 * in a comment or a string costs a file at most: what cannot be resolved is left for the code to ask
 * for. Sticky and bounded, so that no source makes it slow.
 */
const CALL =
  /[\w$]{0,60}(?:\.resolve)?\s{0,20}\(\s{0,200}(?:\/\*[^*]{0,200}\*\/\s{0,20})?(["'`])((?:[^"'`\n\\$]|\$(?!\{)){1,300})\1/y;
/** What follows "import" in a dynamic one. */
const DYNAMIC =
  /\s{0,20}\(\s{0,200}(?:\/\*[^*]{0,200}\*\/\s{0,20}){0,3}(["'`])((?:[^"'`\n\\$]|\$(?!\{)){1,300})\1/y;
const COMPUTED = /(?<![\w$.])require\(\s{0,20}[A-Za-z_$]/;
const MODULE_SYNTAX =
  /(?:^|[\n;}*/])[ \t]{0,200}(?:import|export)\b[ \t]{0,20}["'{*\w$]|import\.meta/;
/**
 * `Function` where it is called, or taken to be called: not `Function("return this")`, the old way to the
 * global scope, nor what asks whether something is one.
 */
const EVALS =
  /\bnew Function\s{0,3}\((?!\s{0,3}(?:["'`]return this|["'`]["'`]?\)))|\bFunction\.(?:apply|call|bind)\(|[=(,:?]\s{0,3}Function(?:\((?!\s{0,3}["'`]return this)|\s{0,3}[;,)])|\bAsyncFunction\b|getPrototypeOf\(\s{0,3}async\b|(?<![\w$.])\(?(?:0\s{0,2},\s{0,2})?eval\)?\(/;
const CLIENT = /\bgetTwilioClient\b|\btwilioClient\b|\bRuntime\.getSync\b/;
const FILES = /__dirname|__filename|import\.meta/;

export function scanScript(source: string): Scanned {
  const specifiers = new Set<string>();
  let esm = false;
  if (MODULE_SYNTAX.test(source)) {
    try {
      const { imports, exports } = readModule(source);
      esm = exports || imports.some(({ d }) => d === -1 || d === -2);
      for (const { n } of imports) if (n !== undefined) specifiers.add(n);
    } catch {
      // No ES module: the word stood in a comment, or it is no JavaScript.
    }
  }
  addCalls(source, "equire", CALL, specifiers);
  if (!esm) addCalls(source, "import", DYNAMIC, specifiers);
  return {
    specifiers: [...specifiers],
    esm,
    readsFiles: FILES.test(source),
    dynamic: hasDynamicImport(source),
    evals: EVALS.test(source),
    computed: COMPUTED.test(source),
    usesClient: CLIENT.test(source),
  };
}

function addCalls(source: string, word: string, rest: RegExp, specifiers: Set<string>): void {
  for (let at = source.indexOf(word); at !== -1; at = source.indexOf(word, at + word.length)) {
    rest.lastIndex = at + word.length;
    const id = rest.exec(source)?.[2];
    if (id !== undefined) specifiers.add(id);
  }
}

const OPEN = /\s{0,20}(?:\/\*[^*]{0,200}\*\/\s{0,20})?\(/y;

function hasDynamicImport(source: string): boolean {
  for (let at = source.indexOf("import"); at !== -1; at = source.indexOf("import", at + 6)) {
    OPEN.lastIndex = at + "import".length;
    if (OPEN.test(source)) return true;
  }
  return false;
}
