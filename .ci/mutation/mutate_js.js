// Prints the mutations of a JavaScript source as JSON. Usage: node mutate_js.js FILE [NAME LEFT OUT...]
const fs = require("node:fs");
const acorn = require("acorn");

const COMPARISONS = {
  "<": ["<=", ">="], "<=": ["<", ">"], ">": [">=", "<="], ">=": [">", "<"],
  "===": ["!=="], "!==": ["==="], "==": ["!="], "!=": ["=="],
};
const ARITHMETIC = { "+": "-", "-": "+", "*": "/", "/": "*", "%": "*", "&": "|", "|": "&", "^": "|" };
const ASSIGNMENTS = { "+=": "-=", "-=": "+=" };
const LEAVING = ["ReturnStatement", "ThrowStatement", "ContinueStatement", "BreakStatement"];

const [file, ...leftOut] = process.argv.slice(2);
const source = fs.readFileSync(file, "utf8");
const found = [];

function text(node) {
  return source.slice(node.start, node.end);
}

function add(operator, start, end, replacement) {
  const line = source.slice(0, start).split("\n").length;
  found.push({ operator, line, start, end, text: replacement });
}

function addBetween(operator, left, right, old, replacement) {
  const at = source.indexOf(old, left.end);
  if (at >= 0 && at < right.start) add(operator, at, at + old.length, replacement);
}

function leaves(statement) {
  if (statement.type === "BlockStatement") return statement.body.length > 0 && leaves(statement.body.at(-1));
  return LEAVING.includes(statement.type);
}

const finders = {
  BinaryExpression(node) {
    if (typeof node.left.value === "string" || typeof node.right.value === "string") {
      if (node.operator === "+") return;
    }
    for (const other of COMPARISONS[node.operator] ?? []) addBetween("compare", node.left, node.right, node.operator, other);
    const other = ARITHMETIC[node.operator];
    if (other) addBetween("arithmetic", node.left, node.right, node.operator, other);
  },
  AssignmentExpression(node) {
    const other = ASSIGNMENTS[node.operator];
    if (other) addBetween("arithmetic", node.left, node.right, node.operator, other);
  },
  LogicalExpression(node) {
    addBetween("logic", node.left, node.right, node.operator, node.operator === "&&" ? "||" : "&&");
  },
  UnaryExpression(node) {
    if (node.operator === "!") add("not", node.start, node.end, text(node.argument));
  },
  Literal(node) {
    if (typeof node.value === "boolean") add("boolean", node.start, node.end, String(!node.value));
    if (typeof node.value === "number") {
      add("constant", node.start, node.end, String(node.value + 1));
      add("constant", node.start, node.end, String(node.value - 1));
      if (node.raw.startsWith("0x") && node.value > 3) add("constant", node.start, node.end, String(node.value >> 1));
    }
    if (node.regex) classes(node);
  },
  IfStatement(node) {
    if (leaves(node.consequent)) add("removed check", node.test.start, node.test.end, "false");
    add("negated check", node.test.start, node.test.end, `!(${text(node.test)})`);
  },
  ConditionalExpression(node) {
    add("swapped", node.consequent.start, node.alternate.end, `${text(node.alternate)} : ${text(node.consequent)}`);
  },
  ReturnStatement(node) {
    if (node.argument && node.argument.type !== "Literal") add("return", node.argument.start, node.argument.end, "undefined");
  },
  ExpressionStatement(node) {
    if (node.expression.type === "CallExpression") add("removed call", node.start, node.end, ";");
  },
};

// The bounds of classes in a regular expression (`\xBF`), which are constants, too.
function classes(node) {
  for (const match of node.raw.matchAll(/\\x([0-9A-F]{2})/gi)) {
    for (const step of [1, -1]) {
      const value = Math.min(255, Math.max(0, parseInt(match[1], 16) + step));
      const start = node.start + match.index;
      add("constant", start, start + 4, `\\x${value.toString(16).padStart(2, "0").toUpperCase()}`);
    }
  }
}

function isLeftOut(node) {
  const name = node.key?.name ?? (node.type === "AssignmentExpression" ? text(node.left) : node.id?.name);
  return leftOut.includes(name);
}

function walk(node) {
  if (isLeftOut(node) || node.type === "ThrowStatement" || node.directive) return;
  finders[node.type]?.(node);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (typeof child?.type === "string") walk(child);
  }
}

walk(acorn.parse(source, { ecmaVersion: "latest" }));
console.log(JSON.stringify(found));
