#!/bin/bash -eu
exec bash "$SRC/wsspec/fuzz/oss-fuzz/build.sh"
