// Says whether this Node is new enough. Old syntax on purpose: it runs before anything is known about Node.
'use strict';

var oldest = [20, 19];

/**
 * The sentence for a Node that is too old, or undefined when it will do.
 * @param {string} version of Node, as in `process.versions.node`
 * @returns {string | undefined}
 */
exports.problemWithNode = function problemWithNode(version) {
  var parts = version.split('.').map(Number);
  var newEnough = parts[0] > oldest[0] || (parts[0] === oldest[0] && parts[1] >= oldest[1]);
  if (newEnough) return undefined;
  return (
    'GIL Scope needs Node ' + oldest.join('.') + ' or later, and this is Node ' + version + '.'
  );
};
