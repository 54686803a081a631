//! Parsing the command that runs a case again gives what it was printed from.

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use clap::Parser;
use proptest::prelude::*;

use super::fuzz::FuzzCommand;
use super::{Cli, Command, with_default_command};

/// Any text that a shell can pass on.
fn text() -> impl Strategy<Value = String> {
    "[ -~äß]{0,12}"
}

/// A path. It may look like an option.
fn path() -> impl Strategy<Value = String> {
    "[ -~äß]{1,12}"
}

/// A path that can be an argument of its own.
fn plain_path() -> impl Strategy<Value = String> {
    "[a-z ./'][ -~]{0,12}"
}

fn url() -> impl Strategy<Value = String> {
    "(ws://)?127[.]0[.]0[.]1:[1-9][0-9]{0,3}/[a-z/]{0,8}([?][a-z]=[a-z0-9%]{0,5})?"
}

fn field() -> impl Strategy<Value = String> {
    ("[a-zA-Z-]{1,8}", text())
        .prop_map(|(name, value)| format!("{name}: {value}"))
        .prop_filter("secrets are masked", |field| {
            wsspec::run::field_argument(field) == field.as_str().into()
        })
}

/// The arguments of an option that may be there.
fn option(
    name: &'static str,
    value: impl Strategy<Value = String> + 'static,
) -> impl Strategy<Value = Vec<String>> {
    proptest::option::of(value)
        .prop_map(move |value| value.into_iter().map(|v| format!("{name}={v}")).collect())
}

/// The same of one that may be repeated.
fn options(
    name: &'static str,
    value: impl Strategy<Value = String> + 'static,
) -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec(value.prop_map(move |v| format!("{name}={v}")), 0..3)
}

fn concat(groups: impl IntoIterator<Item = Vec<String>>) -> Vec<String> {
    groups.into_iter().flatten().collect()
}

fn seconds() -> impl Strategy<Value = String> {
    (0.05..3600.0).prop_map(|seconds: f64| seconds.to_string())
}

/// The options that decide how a case runs, and some that do not.
fn case_options() -> impl Strategy<Value = Vec<String>> {
    (
        option("--peer", "auto|echo|silent"),
        option("--retries", (0..9u32).prop_map(|n| n.to_string())),
        option("--timeout", seconds()),
        option("--seed", any::<u64>().prop_map(|n| n.to_string())),
        option("--fail-on", "fail|never"),
        option("--json", path()),
        options("--exclude", text()),
        limit_options(),
    )
        .prop_map(|(a, b, c, d, e, f, g, h)| concat([a, b, c, d, e, f, g, h]))
}

/// Limits claimed for the target.
fn limit_options() -> impl Strategy<Value = Vec<String>> {
    let size = || any::<u32>().prop_map(|n| n.to_string());
    let seconds = || (1..=600_000u32).prop_map(|ms| format!("{}", f64::from(ms) / 1e3));
    (
        option("--max-message", size()),
        option("--max-fragments", size()),
        option("--max-head", size()),
        option("--max-memory", size()),
        option(
            "--connection-limit",
            (1..=1024u32).prop_map(|n| n.to_string()),
        ),
        option("--handshake-timeout", seconds()),
        option("--idle-timeout", seconds()),
        option("--ping-timeout", seconds()),
    )
        .prop_map(|(a, b, c, d, e, f, g, h)| concat([a, b, c, d, e, f, g, h]))
}

/// The options that decide which cases there are.
fn vector_options() -> impl Strategy<Value = Vec<String>> {
    (
        option("--vectors", path()),
        options("--also", path()),
        option("--profile", "default|robust|all"),
    )
        .prop_map(|(a, b, c)| concat([a, b, c]))
}

fn field_options() -> impl Strategy<Value = Vec<String>> {
    (
        options("--header", field()),
        option("--subprotocol", text()),
        (
            option("--origin", text()),
            option("--allowed-origin", r"https://(app|a\.b)\.example(:8443)?"),
        ),
        application_options(),
        transport_options(),
    )
        .prop_map(|(a, b, (c, f), d, e)| concat([a, b, c, f, d, e]))
}

/// TLS and the transport. An authority and `--insecure` exclude each other, and a certificate goes
/// with its key.
fn transport_options() -> impl Strategy<Value = Vec<String>> {
    let trust = prop_oneof![
        option("--cacert", path()),
        Just(vec!["--insecure".to_owned()]),
        Just(vec!["--tls-only".to_owned()])
    ];
    let identity = (any::<bool>(), path(), path()).prop_map(|(given, certificate, key)| {
        let both = [format!("--cert={certificate}"), format!("--key={key}")];
        if given { both.to_vec() } else { Vec::new() }
    });
    (
        option("--transport", "tcp|tls|h2|h3"),
        trust,
        option("--sni", text()),
        identity,
    )
        .prop_map(|(a, b, c, d)| concat([a, b, c, d]))
}

fn application_options() -> impl Strategy<Value = Vec<String>> {
    let message = (option("--message", text()), option("--reply", text()));
    // A reply is one to a message.
    let message = message.prop_map(|(message, reply)| {
        let reply = reply.into_iter().filter(|_| !message.is_empty());
        message.iter().cloned().chain(reply).collect()
    });
    (
        message,
        option("--prelude", path()),
        option("--each", text()),
        option("--rate", (1..=100_000u32).prop_map(|n| n.to_string())),
        option(
            "--max-connections",
            (1..=1024u32).prop_map(|n| n.to_string()),
        ),
    )
        .prop_map(|(a, b, c, d, e): (Vec<String>, _, _, _, _)| concat([a, b, c, d, e]))
}

/// The program of a client and its arguments.
fn command() -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec(text(), 1..4)
}

fn ip() -> impl Strategy<Value = IpAddr> {
    prop_oneof![
        Just(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        Just(IpAddr::V6(Ipv6Addr::LOCALHOST)),
    ]
}

/// Parses a command line without the name of the program.
fn parse(arguments: Vec<String>) -> Command {
    let line = ["wsspec".to_owned()].into_iter().chain(arguments);
    let line = with_default_command(line.map(OsString::from));
    Cli::try_parse_from(&line)
        .unwrap_or_else(|error| panic!("{line:?}: {error}"))
        .command
}

/// Reads a command line as a POSIX shell does, and parses it.
fn parse_shell(line: &str) -> Command {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let (mut quoted, mut escaped) = (false, false);
    for c in line.chars() {
        match c {
            _ if escaped => {
                word.get_or_insert_default().push(c);
                escaped = false;
            }
            '\'' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            '\\' if !quoted => escaped = true,
            ' ' if !quoted => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    assert_eq!(words.remove(0), "wsspec");
    parse(words)
}

fn config() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(64)
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn run(urls in proptest::collection::vec(url(), 0..2), fields in field_options(),
           restart in option("--restart", text()), vectors in vector_options(),
           case in case_options()) {
        let Command::Run(run) = parse(concat([urls.clone(), fields, restart, vectors, case])) else {
            panic!("not a run")
        };
        let spec = run.spec(urls.first().cloned());
        let Command::Run(again) = parse_shell(&spec.to_string()) else { panic!("{spec}") };
        prop_assert_eq!(again.spec(again.targets.urls.first().cloned()), spec);
    }

    #[test]
    fn server(command in command(), listen in option("--listen", ip().prop_map(|ip| ip.to_string())),
              port in option("--port", (1..=u16::MAX).prop_map(|port| port.to_string())),
              path in option("--path", "/[a-z/]{0,8}([?][a-z]=[a-z0-9%]{0,5})?"),
              start in option("--start-timeout", seconds()), fields in field_options(),
              vectors in vector_options(), case in case_options()) {
        let end = vec!["--".to_owned()];
        let options = concat([listen, port, path, start, fields, vectors, case]);
        let arguments = concat([vec!["server".into()], options, end, command]);
        let Command::Server(server) = parse(arguments) else { panic!("not a server") };
        let spec = server.spec();
        let Command::Server(again) = parse_shell(&spec.to_string()) else { panic!("{spec}") };
        prop_assert_eq!(again.spec(), spec);
    }

    #[test]
    fn client(command in command(), listen in option("--listen", ip().prop_map(|ip| ip.to_string())),
              launch in "(--keep|--batch=[1-9][0-9]?)?", over in "(--transport=(tls|h2|h2c|h3))?", proxy in "(--proxy)?",
              vectors in vector_options(), case in case_options()) {
        let launch = Some(launch).filter(|launch| !launch.is_empty());
        let launch = launch.into_iter().chain([over, proxy].into_iter().filter(|option| !option.is_empty()));
        let launch = launch.collect();
        let end = vec!["--".to_owned()];
        let arguments = concat([vec!["client".into()], listen, launch, vectors, case, end, command]);
        let Command::Client(client) = parse(arguments) else { panic!("not a client") };
        let spec = client.spec();
        let Command::Client(again) = parse_shell(&spec.to_string()) else { panic!("{spec}") };
        prop_assert_eq!(again.spec(), spec);
    }

    #[test]
    fn serve(ip in ip(), port in any::<u16>(), over in "(--transport=(tls|h2|h2c|h3))?", vectors in vector_options(), case in case_options()) {
        let listen = format!("--listen={}", SocketAddr::new(ip, port));
        let over = Some(over).filter(|over| !over.is_empty()).into_iter().collect();
        let arguments = concat([vec!["serve".into(), listen], over, vectors, case]);
        let Command::Serve(serve) = parse(arguments) else { panic!("not a serve") };
        let spec = serve.spec();
        let Command::Serve(again) = parse_shell(&spec.to_string()) else { panic!("{spec}") };
        prop_assert_eq!(again.spec(), spec);
    }

    #[test]
    fn through(url in url(), ip in ip(), port in any::<u16>(), fields in field_options(),
               vectors in vector_options(), case in case_options()) {
        let listen = format!("--listen={}", SocketAddr::new(ip, port));
        let arguments = concat([vec!["through".into(), url, listen], fields, vectors, case]);
        let Command::Through(through) = parse(arguments) else { panic!("not a through") };
        let spec = through.spec();
        let Command::Through(again) = parse_shell(&spec.to_string()) else { panic!("{spec}") };
        prop_assert_eq!(again.spec(), spec);
    }

    #[test]
    fn replay(file in plain_path(), url in url(), fields in field_options(), case in case_options()) {
        let arguments = concat([vec!["replay".into(), file, url.clone()], fields, case]);
        let Command::Replay(replay) = parse(arguments) else { panic!("not a replay") };
        let spec = replay.spec(Some(url.clone()));
        let Command::Replay(again) = parse_shell(&spec.to_string()) else { panic!("{spec}") };
        prop_assert_eq!(again.spec(Some(url)), spec);
    }

    #[test]
    fn fuzz(fuzz in fuzz_command()) {
        let line = fuzz.command_line();
        let Command::Fuzz(again) = parse_shell(&line.to_string()) else { panic!("{line}") };
        prop_assert_eq!(&again, &fuzz, "{}", line);
        prop_assert_eq!(again.command_line(), line);
    }
}

fn fuzz_command() -> impl Strategy<Value = FuzzCommand> {
    let seed = any::<u64>().prop_map(|n| vec!["--seed".to_owned(), n.to_string()]);
    let shard = (1..9u8).prop_map(|part| vec!["--shard".to_owned(), format!("{part}/8")]);
    let options = (
        option("--time", (1.0..1e7).prop_map(|s: f64| s.to_string())),
        prop_oneof![
            Just(Vec::new()),
            seed.clone(),
            (seed, shard).prop_map(|(a, b)| concat([a, b]))
        ],
        option("--max-findings", (0..99u8).prop_map(|n| n.to_string())),
        option("--findings", path()),
        option("--jobs", (1..=1024u16).prop_map(|n| n.to_string())),
        option("--timeout", seconds()),
        option("--pid", any::<u32>().prop_map(|n| n.to_string())),
        options("--without", text()),
        field_options(),
    )
        .prop_map(|(a, b, c, d, e, f, g, h, i)| concat([a, b, c, d, e, f, g, h, i]));
    let server =
        (url(), option("--against", url())).prop_map(|(url, against)| concat([vec![url], against]));
    let how = prop_oneof![
        Just(Vec::new()),
        Just(vec!["--keep".to_owned()]),
        Just(vec!["--afl-map".to_owned()]),
        Just(vec!["--path".to_owned(), "/echo?a=b".to_owned()]),
    ];
    let started =
        (how, command()).prop_map(|(how, command)| concat([how, vec!["--".into()], command]));
    let tested = prop_oneof![Just(Vec::new()), server, started];
    (options, tested).prop_map(|(options, mut tested)| {
        // One conversation at a time.
        if options.iter().any(|word| word.starts_with("--jobs")) {
            tested.retain(|word| word != "--afl-map");
        }
        let fuzz = vec!["fuzz".to_owned()];
        let Command::Fuzz(fuzz) = parse(concat([fuzz, options, tested])) else {
            panic!("not a fuzz")
        };
        fuzz
    })
}
