//! The diagram of the state tables is what the tables say: `core/STATES.md` is made from them.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use wsspec_core::Role;
use wsspec_core::close::CloseCode;
use wsspec_core::endpoint::{ClientConfig, Endpoint, Phase, ServerConfig};
use wsspec_core::frame::{FrameKind, MessageKind, Sequence};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/STATES.md");

const REQUEST: &[u8] =
    b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
const RESPONSE: &[u8] =
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

const PHASES: [Phase; 4] = [
    Phase::Connecting,
    Phase::Open,
    Phase::Closing,
    Phase::Closed,
];

type Happening = fn(&mut Endpoint);

/// What can happen to an endpoint.
const HAPPENINGS: &[(&str, Happening)] = &[
    ("a right head", |e| give(e, &[], true)),
    ("a head that breaks a rule", |e| {
        give(e, b"NO\r\n\r\n", false)
    }),
    ("a message", |e| give(e, &[0x82, 1, b'x'], false)),
    ("a ping", |e| give(e, &[0x89, 0], false)),
    ("a frame that breaks a rule", |e| give(e, &[0xf2, 0], false)),
    ("a Close frame", |e| give(e, &[0x88, 2, 3, 0xe8], false)),
    ("the end of TCP", Endpoint::receive_end),
    ("`send`", |e| e.send(MessageKind::Text, b"x")),
    ("`close`", |e| e.close(CloseCode::NORMAL, "")),
];

/// Hands over a head, or a frame in the form that the endpoint's peer sends.
fn give(endpoint: &mut Endpoint, bytes: &[u8], right_head: bool) {
    let server = endpoint.role() == Role::Server;
    let mut bytes = match (right_head, server) {
        (true, true) => REQUEST.to_vec(),
        (true, false) => RESPONSE.to_vec(),
        (false, true) if bytes[0] >= 0x80 => {
            [&[bytes[0], bytes[1] | 0x80, 0, 0, 0, 0], &bytes[2..]].concat()
        }
        (false, _) => bytes.to_vec(),
    };
    endpoint.receive(&mut bytes);
}

fn endpoint(role: Role, phase: Phase) -> Endpoint {
    let mut endpoint = match role {
        Role::Server => Endpoint::server(ServerConfig::default()),
        Role::Client => {
            Endpoint::client(ClientConfig::new("a", "/", *b"the sample nonce"), || [0; 4])
        }
    };
    endpoint.take_output();
    match phase {
        Phase::Connecting => return endpoint,
        Phase::Open => give(&mut endpoint, &[], true),
        Phase::Closing => {
            give(&mut endpoint, &[], true);
            endpoint.close(CloseCode::NORMAL, "");
        }
        Phase::Closed => endpoint.receive_end(),
    }
    endpoint.take_output();
    assert_eq!(endpoint.phase(), phase);
    endpoint
}

/// What it said: the status of a head, or the frames by opcode.
fn said(output: &[u8]) -> String {
    if output.starts_with(b"HTTP/") {
        return String::from_utf8_lossy(&output[9..12]).into_owned();
    }
    let name = |opcode: u8| {
        [
            "continuation",
            "text",
            "binary",
            "",
            "",
            "",
            "",
            "",
            "Close",
            "ping",
            "pong",
        ][opcode as usize]
    };
    let mut names = Vec::new();
    let mut rest = output;
    while let [first, second, ..] = rest {
        names.push(name(first & 15));
        rest = &rest[2 + usize::from(second & 0x7f) + if second & 0x80 == 0 { 0 } else { 4 }..];
    }
    names.join(", ")
}

fn sequence_diagram() -> String {
    let mut text = "```mermaid\nstateDiagram-v2\n    [*] --> Idle\n".to_owned();
    for state in Sequence::ALL {
        for next in Sequence::ALL {
            let (mut right, mut wrong) = (Vec::new(), Vec::new());
            for kind in FrameKind::ALL {
                match state.next(kind) {
                    (to, None) if to == next => right.push(format!("{kind:?}")),
                    (to, Some(violation)) if to == next => {
                        wrong.push(format!("{kind:?}: {}", violation.name()))
                    }
                    _ => {}
                }
            }
            for names in [right, wrong].iter().filter(|names| !names.is_empty()) {
                let _ = writeln!(
                    text,
                    "    {state:?} --> {next:?}: {}",
                    names.join(", ").replace(": ", " is ")
                );
            }
        }
    }
    text + "```\n"
}

fn phase_table(role: Role) -> String {
    let mut text = format!(
        "\n| {} | {} |\n|---|---|---|---|---|\n",
        role.name(),
        PHASES.map(|p| format!("{p:?}")).join(" | ")
    );
    for (name, happens) in HAPPENINGS {
        let cell = |phase| {
            let mut endpoint = endpoint(role, phase);
            happens(&mut endpoint);
            let after = endpoint.phase();
            let stays = after == phase;
            let said = said(&endpoint.take_output());
            let ends = if endpoint.wants_end() && !(stays && phase == Phase::Closed) {
                ", ends TCP"
            } else {
                ""
            };
            match (stays, said.is_empty() && ends.is_empty()) {
                (true, true) => "·".to_owned(),
                (true, false) => format!("says {said}{ends}"),
                (false, _) if said.is_empty() => format!("→ {after:?}{ends}"),
                (false, _) => format!("says {said} → {after:?}{ends}"),
            }
        };
        let _ = writeln!(text, "| {name} | {} |", PHASES.map(cell).join(" | "));
    }
    text
}

fn states() -> String {
    format!(
        "# The states\n\n\
        Made from the tables by `WSSPEC_UPDATE=1 cargo test -p wsspec-core --test states`; a test keeps it true.\n\n\
        ## The order of frames\n\n\
        RFC 6455 §5.4 and §5.5.1, `wsspec_core::frame::Sequence`. An arrow with *is* breaks the rule named behind it; \
        the state is that of a reader who goes on regardless.\n\n{}\n\
        ## An endpoint\n\n\
        RFC 6455 §4, §5.5 and §7, `wsspec_core::endpoint::Phase`: what comes, and what the endpoint says, becomes and \
        does about it under the default policy. `·` is nothing.\n{}{}",
        sequence_diagram(),
        phase_table(Role::Server),
        phase_table(Role::Client),
    )
}

#[test]
fn the_diagram_is_that_of_the_tables() {
    if std::env::var_os("WSSPEC_UPDATE").is_some() {
        fs::write(Path::new(PATH), states()).unwrap();
    }
    let written = fs::read_to_string(PATH).unwrap();
    assert!(
        written == states(),
        "{PATH} is not what the tables say; run the test with WSSPEC_UPDATE=1 once"
    );
}
