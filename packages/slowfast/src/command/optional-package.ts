/** @file Packages that not everyone installs: loaded by the command that needs them. */
import { firstLine, RuntimeError } from '@slowfast/core';

/** What `load` imports; rejects with {@link RuntimeError} that says how to install the package where it is not there. */
export const optionalPackage = <T>(command: string, name: string, load: () => Promise<T>) =>
  load().catch((cause: NodeJS.ErrnoException): never => {
    if (cause.code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new RuntimeError({
      site: `slowfast ${command}`,
      expected: `the package ${name}`,
      received: firstLine(cause),
      remedy: `Run npm install ${name}`,
      cause,
    });
  });
