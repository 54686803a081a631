# syntax=docker/dockerfile:1
# Two images: the default one is the program and nothing else; `--target shell` has a shell beside it, for CI systems
# that need one.
#
#   docker build --tag wsspec .
#   docker run --rm --network host --volume "$PWD/reports:/reports" --user "$(id -u)" wsspec ws://127.0.0.1:9001/ --json run.json

FROM rust:1.95-slim AS build
WORKDIR /src
COPY . .
# With the C library in it, the program is static; it finds names by /etc/hosts and DNS.
ENV CARGO_TARGET_DIR=/target RUSTFLAGS="-C target-feature=+crt-static"
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/target,sharing=locked \
    cargo build --profile dist --locked --package wsspec --target "$(uname -m)-unknown-linux-gnu" \
    && install -D "/target/$(uname -m)-unknown-linux-gnu/dist/wsspec" /root-of-image/usr/local/bin/wsspec \
    && install -D -m 644 -t /root-of-image/usr/share/licenses/wsspec LICENSE-APACHE LICENSE-MIT \
    && install -d -o 65532 -g 65532 /root-of-image/reports

FROM busybox:1.37-musl AS shell
COPY --from=build /root-of-image/ /
WORKDIR /reports
USER 65532:65532
CMD ["sh"]

FROM scratch
COPY --from=build /root-of-image/ /
ENV PATH=/usr/local/bin
WORKDIR /reports
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/wsspec"]
CMD ["--help"]
