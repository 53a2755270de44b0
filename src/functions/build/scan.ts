import { nameStart } from "./file-names.ts";
import { readModule } from "./module-syntax.ts";

/** What a script asks for, found without a syntax tree. */
export type Scanned = {
  /** Literal specifiers of require(), require.resolve(), import and import(). */
  specifiers: string[];
  /** How names begin that it makes as it runs: `./locale/` of `require("./locale/" + name)`. */
  starts: string[];
  /** Reads which files there are beside it. */
  lists: boolean;
  /** Has import or export statements. */
  esm: boolean;
  /** Reads files, or asks for where it stands. */
  readsFiles: boolean;
  /** May have import() calls. */
  dynamic: boolean;
  /** Makes code of text, which is interpreted here. */
  evals: boolean;
  /** Compiles WebAssembly. */
  assembles: boolean;
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
const ASSEMBLES = /\bWebAssembly\.(?:compile|instantiate|Module\()/;
const LISTS = /\breaddir/;
/** Where the argument begins. */
const ARGUMENT = /[\w$]{0,60}(?:\.resolve)?\s{0,20}\(/y;

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
  const readsFiles = FILES.test(source);
  const lists = readsFiles && LISTS.test(source);
  const starts = new Set<string>();
  for (const word of ["equire", "import"]) addStarts(source, word, starts, specifiers);
  // What it lists, it loads by names that stand nowhere.
  if (lists && COMPUTED.test(source)) starts.add("./");
  return {
    specifiers: [...specifiers],
    starts: [...starts],
    lists,
    esm,
    readsFiles,
    dynamic: hasDynamicImport(source),
    evals: EVALS.test(source),
    assembles: ASSEMBLES.test(source),
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

/** Of names that begin with a text; whole ones, of `__dirname` and a text, are specifiers. */
function addStarts(
  source: string,
  word: string,
  starts: Set<string>,
  specifiers: Set<string>,
): void {
  for (let at = source.indexOf(word); at !== -1; at = source.indexOf(word, at + word.length)) {
    ARGUMENT.lastIndex = at + word.length;
    if (!ARGUMENT.test(source)) continue;
    const start = nameStart(source, ARGUMENT.lastIndex);
    if (start === null || !/^[.@\w][^:]*\//.test(start.text)) continue;
    if (start.whole) specifiers.add(start.text);
    else starts.add(start.text);
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
