//! What people paste, and what `wsspec decode` makes of it: notations with the bytes meant, and dumps
//! from public reports with the rules that their bytes break.

mod pcap;

use std::process::{Command, Stdio};

use serde::Deserialize;
use wsspec::decode::{Content, Notation, Unreadable, read};
use wsspec_core::Role;
use wsspec_core::deflate::message::Context;
use wsspec_core::dissect::{Dissector, Node};
use wsspec_core::http3::qpack;
use wsspec_core::{Fault, Violation, http2, http3};
use wsspec_vectors::hex;

/// Bytes in a notation.
#[derive(Deserialize)]
struct Pasted {
    name: String,
    /// The flag of the notation.
    notation: String,
    /// The bytes meant, as hex, of each side.
    bytes: Vec<String>,
    input: String,
}

/// Bytes from a public report.
#[derive(Deserialize)]
struct Dump {
    about: String,
    /// The repository and number of the report.
    #[allow(dead_code)]
    seen_in: Option<String>,
    from: String,
    deflate: bool,
    input: String,
    /// The number of heads, frames and other pieces.
    nodes: usize,
    /// The names of the violations, each with the offset of the byte that decides.
    faults: Vec<(String, u64)>,
}

fn sides(content: &Content) -> Vec<Vec<u8>> {
    let Content::Streams(streams) = content else {
        return Vec::new();
    };
    let sides = streams.iter().flat_map(|stream| &stream.sides);
    sides.map(|side| side.bytes.clone()).collect()
}

#[test]
fn every_notation_gives_the_bytes_meant() {
    let pasted: Vec<Pasted> = serde_json::from_str(include_str!("notations.json")).unwrap();
    assert_eq!(pasted.len(), 82);
    let mut wrong = Vec::new();
    for Pasted {
        name,
        notation,
        bytes,
        input,
    } in pasted
    {
        let meant: Vec<Vec<u8>> = bytes
            .iter()
            .map(|text| hex::decode(text).unwrap())
            .collect();
        let notation = Notation::of_flag(&notation).expect("a flag");
        match read(input.as_bytes(), None) {
            Ok(read) if read.notation == notation && sides(&read.content) == meant => {}
            other => wrong.push((name, other)),
        }
    }
    assert!(wrong.is_empty(), "{} are wrong: {wrong:x?}", wrong.len());
}

/// The faults of a node and its parts.
fn faults(node: &Node) -> Vec<Fault> {
    let parts = node.parts.iter().flat_map(faults);
    node.faults.iter().copied().chain(parts).collect()
}

#[test]
fn every_dump_gives_the_rules_that_it_breaks() {
    let dumps: Vec<Dump> = serde_json::from_str(include_str!("dumps.json")).unwrap();
    assert_eq!(dumps.len(), 23);
    let mut wrong = Vec::new();
    for dump in dumps {
        let read = read(dump.input.as_bytes(), None).expect(&dump.about);
        let bytes = read.single().expect(&dump.about);
        let sender = match dump.from.as_str() {
            "client" => Role::Client,
            "server" => Role::Server,
            // The command tells by the mask, or by the response.
            _ if bytes[1] & 0x80 != 0 => Role::Client,
            _ => Role::Server,
        };
        let dissector = Dissector::new(sender).compression(dump.deflate.then(Context::default));
        let nodes = dissector.connection(bytes);
        let mut found: Vec<Fault> = nodes.iter().flat_map(faults).collect();
        let mut meant: Vec<Fault> = dump
            .faults
            .iter()
            .map(|(name, offset)| Violation::from_name(name).expect(name).at(*offset))
            .collect();
        let key = |fault: &Fault| (fault.offset, fault.violation.name());
        found.sort_by_key(key);
        meant.sort_by_key(key);
        if (nodes.len(), &found) != (dump.nodes, &meant) {
            wrong.push((dump.about, nodes.len(), found));
        }
    }
    assert!(wrong.is_empty(), "{} are wrong: {wrong:x?}", wrong.len());
}

#[test]
fn what_is_no_notation_is_refused_with_what_it_was_taken_for() {
    let broken = |input: &str| match read(input.as_bytes(), None) {
        Err(Unreadable::Broken(notation, _)) => Some(notation),
        _ => None,
    };
    for (input, notation) in [
        ("81 05 4865 6", Notation::Hex),
        ("{ 0x81, 0x05, LENGTH }", Notation::Array),
        ("{ 0x81, 0x105 }", Notation::Array),
        ("{ 0x8105, 0x4865 }", Notation::Array),
        ("\"\\x81\\q\"", Notation::Escapes),
        ("\"\\x81\u{e9}\"", Notation::Escapes),
        ("00000000: 8105 4865\n00000010: 6c6c", Notation::Dump),
        ("129 5 256", Notation::Decimal),
        ("129 05", Notation::Hex),
        ("{\"log\":{\"entries\":[]}}", Notation::Har),
        (
            "    1... .... = Fin: True\n    .... 0001 = Opcode: Text (1)",
            Notation::Dissection,
        ),
    ] {
        assert_eq!(broken(input), Some(notation), "{input}");
    }
    for input in [
        "hello world",
        "https://example.com/",
        "{}",
        "no.such.pcap",
        "<p>x</p>",
    ] {
        assert_eq!(
            read(input.as_bytes(), None),
            Err(Unreadable::NoNotation),
            "{input}"
        );
    }
    assert_eq!(read(b" \n", None), Err(Unreadable::Empty));
    let foreign = |input: &[u8]| matches!(read(input, None), Err(Unreadable::Foreign(_)));
    assert!(foreign(b"\x1f\x8b\x08\0") && foreign(b"\x16\x03\x01\x02\0") && foreign(b"PK\x03\x04"));
}

#[test]
fn in_doubt_both_readings_are_said() {
    for input in ["81 5 48", "[81, 5, 48]", "81,85,37", "10010001"] {
        let Err(Unreadable::Ambiguous(ways)) = read(input.as_bytes(), None) else {
            panic!("{input}: {:?}", read(input.as_bytes(), None));
        };
        assert_eq!(ways.len(), 2, "{input}");
    }
    assert!(read(b"81,85,37", Some(Notation::Hex)).is_ok());
    assert!(read(b"81,85,37", Some(Notation::Decimal)).is_ok());
}

#[test]
fn messages_of_a_browser_are_messages() {
    let har = r#"{"log":{"entries":[
        {"request":{"url":"https://example.com/"}},
        {"request":{"url":"wss://example.com/chat"},"_webSocketMessages":[
            {"type":"send","time":1.5,"opcode":1,"data":"Hello"},
            {"type":"receive","time":1.6,"opcode":2,"data":"gQU="},
            {"type":"receive","time":1.7,"opcode":-1,"data":"closed"}
        ]}]}}"#;
    let read = read(har.as_bytes(), None).unwrap();
    assert_eq!(
        (read.notation, read.size(), read.notes.len()),
        (Notation::Har, 2, 1)
    );
    let Content::Messages(conversations) = read.content else {
        panic!("{:?}", read.content)
    };
    let payloads = conversations[0]
        .messages
        .iter()
        .map(|message| &message.payload[..]);
    assert_eq!(payloads.collect::<Vec<_>>(), [&b"Hello"[..], b"\x81\x05"]);
}

/// Runs the command: the exit code and what it prints to standard output.
fn decode(arguments: &[&str], input: &[u8]) -> (Option<i32>, String) {
    use std::io::Write as _;
    let mut child = Command::new(env!("CARGO_BIN_EXE_wsspec"))
        .arg("decode")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // A command with arguments may end before it reads anything.
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stdout).unwrap(),
    )
}

#[test]
fn the_command_reads_arguments_files_and_pipes_alike() {
    let expected = decode(&["81 05 48 65 6c 6c 6f"], b"");
    assert_eq!((expected.0, expected.1.lines().count()), (Some(0), 1));
    let folder = scratch();
    let file = folder.join("frame.bin");
    std::fs::write(&file, b"\x81\x05Hello").unwrap();
    let file = file.to_str().unwrap();
    for arguments in [
        &["[-127, 5, 72, 101, 108, 108, 111]"][..],
        &["-127", "5", "72", "101", "108", "108", "111"],
        &["81", "05", "48", "65", "6c", "6c", "6f"],
        &[file],
        &["--file", file],
        &["--encoding", "array", "[129, 5, 72, 101, 108, 108, 111]"],
    ] {
        assert_eq!(decode(arguments, b""), expected, "{arguments:?}");
    }
    for arguments in [&[][..], &["-"]] {
        assert_eq!(
            decode(arguments, b"\x81\x05Hello"),
            expected,
            "{arguments:?}"
        );
    }
    for arguments in [
        &["hello"][..],
        &["no.such.file"],
        &["81 5"],
        &[folder.to_str().unwrap()],
        &["81", "--stream", "2"],
    ] {
        assert_eq!(decode(arguments, b"").0, Some(2), "{arguments:?}");
    }
}

fn scratch() -> std::path::PathBuf {
    let folder = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("decode");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn one_of_several_is_chosen() {
    let several = "unsigned char a[] = { 0x81, 0x00 };\nunsigned char b[] = { 0x89, 0x00 };";
    let (code, list) = decode(&[several], b"");
    assert_eq!((code, list.lines().count()), (Some(0), 2));
    let second = decode(&[several, "--stream", "2"], b"");
    assert_eq!(second, decode(&["89 00"], b""));
    assert_eq!(decode(&[several, "--stream", "3"], b"").0, Some(2));
}

/// The offsets that the command prints.
fn offsets(printed: &str) -> Vec<u64> {
    let first = printed
        .lines()
        .filter_map(|line| line.split_whitespace().next());
    first.filter_map(|word| word.parse().ok()).collect()
}

fn fields(lines: &[(&str, &str)]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let lines = lines.iter();
    lines
        .map(|(name, value)| ((*name).into(), (*value).into()))
        .collect()
}

const ASKS: [(&str, &str); 2] = [(":method", "CONNECT"), (":protocol", "websocket")];

/// Frames of a WebSocket, the second cut in two, have the offsets of their bytes in the connection; a
/// preface is known by itself.
#[test]
fn frames_in_the_data_of_http2_have_their_offsets() {
    let mut connection = http2::Connection::new(Role::Client, http2::Options::default());
    connection.preface();
    connection.settings(&[]);
    connection.headers(1, &fields(&ASKS), false);
    let head = connection.output();
    connection.data(1, b"\x81\x80key.\x81\x81ke".to_vec(), None);
    let data = connection.output();
    connection.data(1, b"y.a".to_vec(), Some(5));
    let rest = connection.output();
    let all = [&head[..], &data, &rest].concat();
    let (heads, second) = (head.len() as u64, (head.len() + data.len()) as u64);
    let (code, printed) = decode(&[], &all);
    assert_eq!(code, Some(0));
    let expected = [0, 24, 33, heads, heads + 9, heads + 15, second];
    assert_eq!(offsets(&printed), expected, "{printed}");
    // The same without what comes before a frame, which nothing tells.
    let (code, printed) = decode(&["--h2"], &all[24..]);
    assert_eq!(code, Some(0));
    assert_eq!(
        offsets(&printed),
        expected[1..].iter().map(|at| at - 24).collect::<Vec<_>>()
    );
    assert_eq!(decode(&["--h2", "--h3"], &all).0, Some(2));
}

#[test]
fn frames_in_the_data_of_http3_have_their_offsets() {
    let mut stream = Vec::new();
    let section = qpack::write(&fields(&ASKS), qpack::Style::default());
    http3::frame::write(http3::frame::HEADERS, &section, &mut stream);
    let data = stream.len() as u64;
    http3::frame::write(http3::frame::DATA, b"\x81\x80key.\x88\x80key.", &mut stream);
    let (code, printed) = decode(&["--h3"], &stream);
    assert_eq!(code, Some(0));
    assert_eq!(
        offsets(&printed),
        [0, data, data + 2, data + 8],
        "{printed}"
    );
    // A control stream: its type, and SETTINGS.
    let (code, printed) = decode(&["--h3"], b"\x00\x04\x02\x08\x01");
    assert_eq!(
        (code, offsets(&printed)),
        (Some(0), vec![0, 1]),
        "{printed}"
    );
}
