// A program of its own, to be killed by a test: what the editor's host does in a recording. It says how the recorder is
// to be started, as if for a terminal, and then reads along. Arguments: the recorder's bundle, the command to record.

import { prepareRecording } from '../../../src/engines/recorded';

async function main(recorderFile: string, python: string, args: readonly string[]): Promise<void> {
  const program = { python, run: { kind: 'command' }, args, cwd: process.cwd() } as const;
  const prepared = prepareRecording(program, new AbortController().signal, {
    recorderFile,
    keep: () => undefined,
  });
  const { command, args: words, env } = prepared;
  console.log(JSON.stringify({ command, words, env }));
  const recording = await prepared.started;
  for await (const chunk of recording.chunks) if (chunk.done) break;
}

const [recorderFile, python, ...args] = process.argv.slice(2);
void main(recorderFile, python, args);
