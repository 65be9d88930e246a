# SPDX-License-Identifier: BSD-2-Clause
# Makes the readers of other languages ready in a directory of the build: installs the npm
# packages of package.json there and compiles Readers.java, once. Fails where npm can't
# reach its registry: a comparison that lacks a reader would prove too little.
# `prepare.py DIRECTORY`.
import pathlib
import shutil
import subprocess
import sys

from readers import HERE, JARS

NPM = ['npm', 'install', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund',
       '--loglevel=error', '--fetch-retries=1']
SOURCES = [HERE / 'package.json', HERE / 'Readers.java']


def run(command, directory, advice):
    try:
        subprocess.run(command, cwd=directory, check=True, timeout=300)
    except (OSError, subprocess.SubprocessError):
        sys.exit(f'author-compare: {command[0]} failed in {directory}: {advice}')


def main():
    directory = pathlib.Path(sys.argv[1])
    stamp = directory / 'prepared'
    wanted = ''.join(path.read_text(encoding='utf-8') for path in SOURCES)
    if stamp.exists() and stamp.read_text(encoding='utf-8') == wanted:
        return
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    shutil.copy(HERE / 'package.json', directory)
    run(NPM, directory, 'the readers of package.json are needed: tests/install installs npm, '
        'which must reach its registry')
    run(['javac', '-cp', JARS, '-d', directory, HERE / 'Readers.java'], directory,
        'tests/install installs the JDK and the libraries')
    stamp.write_text(wanted, encoding='utf-8')


if __name__ == '__main__':
    main()
