"""`python -m wsspec` is the program."""

import subprocess
import sys

import wsspec

sys.exit(subprocess.call([wsspec.program(), *sys.argv[1:]]))
