// The way in to `npm start` and `npm test`: checks Node, installs what is missing, then runs the script it is asked for.
// Written so that any Node of the last ten years can read it: an old one must get a sentence, not a syntax error.
'use strict';
var path = require('path');

var root = path.join(__dirname, '..');
process.chdir(root);

var problem = require('./nodeVersion.cjs').problemWithNode(process.versions.node);
if (problem) {
  console.error(problem);
  process.exit(1);
} else {
  require('./runScript.cjs').runScript(root, process.argv[2], process.argv.slice(3));
}
