//! The JSON file of one case. It always has all of its 39 keys.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};
use wsspec_core::dissect::{hex_digits, printable};
use wsspec_core::frame::MessageKind;
use wsspec_core::message::Incoming;

use super::{CaseReport, CloseFrame, Frame, Observed, Traffic};
use crate::{Transcript, What, Who};

/// Most bytes shown of a payload, or of a read or write.
const SHOWN: usize = 64;

/// Most rows of the wire log; another row says that there are more.
const ROWS: usize = 2000;

/// Most events listed.
const EVENTS: usize = 200;

/// The file, with its keys in Autobahn's order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct File<'a> {
    agent: &'a str,
    behavior: &'static str,
    behavior_close: &'static str,
    case: usize,
    closed_by_me: bool,
    create_stats: bool,
    create_wirelog: bool,
    description: &'a str,
    dropped_by_me: bool,
    duration: u64,
    expectation: &'a str,
    expected: Value,
    expected_close: Value,
    failed_by_me: bool,
    http_request: &'a str,
    http_response: &'a str,
    id: &'a str,
    is_server: bool,
    local_close_code: Option<u16>,
    local_close_reason: Option<&'a str>,
    received: Vec<Value>,
    remote_close_code: Option<u16>,
    remote_close_reason: Option<&'a str>,
    report_compression_ratio: bool,
    report_time: bool,
    result: &'a str,
    result_close: &'a str,
    rx_frame_stats: BTreeMap<String, usize>,
    rx_octet_stats: BTreeMap<String, usize>,
    started: &'a str,
    traffic_stats: Value,
    tx_frame_stats: BTreeMap<String, usize>,
    tx_octet_stats: BTreeMap<String, usize>,
    was_clean: bool,
    was_close_handshake_timeout: bool,
    was_not_clean_reason: Option<&'static str>,
    was_open_handshake_timeout: bool,
    was_server_connection_drop_timeout: bool,
    wirelog: Vec<Value>,
}

/// The file of a case. `is_server`: the suite was the server.
pub(super) fn file<'a>(agent: &'a str, is_server: bool, case: &'a CaseReport) -> File<'a> {
    let observed = &case.observed;
    let clean = observed.clean();
    File {
        agent,
        behavior: case.behavior.name(),
        behavior_close: case.behavior_close.name(),
        case: case.number,
        closed_by_me: observed.closed_by_suite(),
        create_stats: true,
        create_wirelog: true,
        description: &case.description,
        dropped_by_me: observed.ended.is_none(),
        duration: case.duration_ms,
        expectation: &case.expectation,
        expected: expected(case),
        expected_close: json!({
            "closeCode": case.closing.codes, "closedByMe": case.closing.by_suite, "requireClean": case.closing.clean,
        }),
        failed_by_me: false,
        http_request: &observed.request,
        http_response: &observed.response,
        id: &case.id,
        is_server,
        local_close_code: observed.suite.close.as_ref().and_then(|close| close.code),
        local_close_reason: reason(observed.suite.close.as_ref()),
        received: observed
            .target
            .events
            .iter()
            .take(EVENTS)
            .map(event)
            .collect(),
        remote_close_code: observed.target.close.as_ref().and_then(|close| close.code),
        remote_close_reason: reason(observed.target.close.as_ref()),
        report_compression_ratio: case.compression,
        report_time: case.timed,
        result: &case.result,
        result_close: &case.result_close,
        rx_frame_stats: text_keys(&observed.target.traffic.frames),
        rx_octet_stats: text_keys(&observed.target.traffic.octets),
        started: &case.started,
        traffic_stats: if case.compression && observed.whole {
            traffic(observed)
        } else {
            Value::Null
        },
        tx_frame_stats: text_keys(&observed.suite.traffic.frames),
        tx_octet_stats: text_keys(&observed.suite.traffic.octets),
        was_clean: clean,
        was_close_handshake_timeout: observed.suite.close.is_some()
            && observed.target.close.is_none()
            && observed.ended.is_none(),
        was_not_clean_reason: (!clean).then_some(if observed.opened {
            "the connection ended without a closing handshake"
        } else {
            "the opening handshake was not completed"
        }),
        was_open_handshake_timeout: observed.response.is_empty() && observed.timed_out,
        was_server_connection_drop_timeout: !is_server && clean && observed.ended.is_none(),
        wirelog: wirelog(&case.transcript, observed),
    }
}

/// Counters with their keys as text.
fn text_keys<K: ToString>(counters: &BTreeMap<K, usize>) -> BTreeMap<String, usize> {
    counters
        .iter()
        .map(|(key, count)| (key.to_string(), *count))
        .collect()
}

/// The reason in a Close frame, if there is one.
fn reason(close: Option<&CloseFrame>) -> Option<&str> {
    close
        .map(|close| close.reason.as_str())
        .filter(|reason| !reason.is_empty())
}

/// The events that a conforming target would have caused, by verdict.
fn expected(case: &CaseReport) -> Value {
    let mut answers = Vec::new();
    // If the target must fail the connection, no answer is needed.
    if case.closing.by_suite {
        for sent in case.observed.suite.events.iter().take(EVENTS) {
            match sent {
                Incoming::Message(..) => answers.push(event(sent)),
                Incoming::Ping(payload) => answers.push(event(&Incoming::Pong(payload.clone()))),
                _ => {}
            }
        }
    }
    json!({ "OK": answers })
}

fn event(event: &Incoming) -> Value {
    match event {
        Incoming::Message(kind, payload) => {
            json!(["message", shown(payload), *kind == MessageKind::Binary])
        }
        Incoming::Ping(payload) => json!(["ping", shown(payload)]),
        Incoming::Pong(payload) => json!(["pong", shown(payload)]),
        Incoming::Close(payload) => json!(["close", shown(payload)]),
        Incoming::Reserved(opcode, payload) => json!(["reserved", opcode.bits(), shown(payload)]),
    }
}

/// The front of a payload: as text if it is text, otherwise in hex.
fn shown(payload: &[u8]) -> String {
    let front = &payload[..payload.len().min(SHOWN)];
    let front = match std::str::from_utf8(front) {
        Ok(_) => printable(front),
        // The front ends in the middle of a character.
        Err(e) if e.error_len().is_none() && front.len() < payload.len() => {
            printable(&front[..e.valid_up_to()])
        }
        Err(_) => format!("0x{}", hex_digits(front)),
    };
    front + more(payload)
}

/// What follows a front if that is not everything.
fn more(bytes: &[u8]) -> &'static str {
    if bytes.len() > SHOWN { " ..." } else { "" }
}

/// The 16 counters.
fn traffic(observed: &Observed) -> Value {
    let (rx, tx) = (&observed.target.traffic, &observed.suite.traffic);
    json!({
        "incomingCompressionRatio": compression_ratio(rx),
        "incomingOctetsAppLevel": rx.inflated,
        "incomingOctetsWebSocketLevel": rx.payload,
        "incomingOctetsWireLevel": rx.wire,
        "incomingWebSocketFrames": rx.data_frames,
        "incomingWebSocketMessages": rx.messages,
        "incomingWebSocketOverhead": overhead(rx),
        "outgoingCompressionRatio": compression_ratio(tx),
        "outgoingOctetsAppLevel": tx.inflated,
        "outgoingOctetsWebSocketLevel": tx.payload,
        "outgoingOctetsWireLevel": tx.wire,
        "outgoingWebSocketFrames": tx.data_frames,
        "outgoingWebSocketMessages": tx.messages,
        "outgoingWebSocketOverhead": overhead(tx),
        "preopenIncomingOctetsWireLevel": rx.head,
        "preopenOutgoingOctetsWireLevel": tx.head,
    })
}

/// Bytes of payload on the wire for each byte of a message.
fn compression_ratio(traffic: &Traffic) -> Option<f64> {
    (traffic.inflated > 0).then(|| traffic.payload as f64 / traffic.inflated as f64)
}

/// Bytes of framing for each byte of payload.
fn overhead(traffic: &Traffic) -> Option<f64> {
    let framing = traffic.wire.saturating_sub(traffic.payload);
    (traffic.payload > 0).then(|| framing as f64 / traffic.payload as f64)
}

/// Reads and writes (RO, TO), each followed by the frames that ended in it (RF, TF), in order; KLE
/// where the suite stopped waiting; WLM where bytes or rows are left out.
fn wirelog(transcript: &Transcript, observed: &Observed) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut frames = observed.frames.iter().peekable();
    for (i, entry) in transcript.entries.iter().enumerate() {
        if rows.len() >= ROWS {
            rows.push(json!(["WLM", false]));
            break;
        }
        match &entry.what {
            What::Bytes(bytes) => {
                let front = hex_digits(&bytes[..bytes.len().min(SHOWN)]);
                let octets = json!([bytes.len(), front + more(bytes)]);
                rows.push(if entry.who == Who::Target {
                    json!(["RO", octets])
                } else {
                    json!(["TO", octets, false])
                });
            }
            What::Left(_) => rows.push(json!(["WLM", false])),
            What::TimedOut => rows.push(json!(["KLE"])),
            What::Fin
            | What::Truncated
            | What::Hello(_)
            | What::Alert(_)
            | What::Rst
            | What::StreamReset(_)
            | What::Fields(_)
            | What::StreamStopped(_)
            | What::ConnectionClosed(_)
            | What::ServesAnother(_) => {}
        }
        while let Some(frame) = frames.next_if(|frame| frame.entry <= i) {
            rows.push(row(frame, observed.payload(frame)));
        }
    }
    rows
}

fn row(frame: &Frame, payload: &[u8]) -> Value {
    let header = &frame.header;
    let payload = json!([header.length, shown(payload)]);
    let mask = header.mask.map(|key| hex_digits(&key));
    if frame.who == Who::Target {
        json!([
            "RF",
            payload,
            header.opcode.bits(),
            header.fin,
            header.rsv,
            header.mask.is_some(),
            mask
        ])
    } else {
        json!([
            "TF",
            payload,
            header.opcode.bits(),
            header.fin,
            header.rsv,
            mask,
            null,
            null,
            false
        ])
    }
}
