#!/usr/bin/env node
try {
  const { runProcess } = await import('../dist/command/process.js');
  await runProcess(process.argv.slice(2));
} catch (error) {
  // Node opens all modules of a command at once, before anything here could take turns.
  if (error.code !== 'EMFILE' && error.code !== 'ENFILE') throw error;
  process.stderr.write(
    `error: open files: expected some hundreds at once, received a lower limit (${error.code}). Raise it, as by: ulimit -n 1024.\n`,
  );
  process.exitCode = 1;
}
