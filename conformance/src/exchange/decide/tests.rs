//! The words that grade themselves, against what `vectors/README.md` says of each.

use serde_json::{Value, json};
use wsspec_core::Role;

use super::super::view::{CloseFrame, Message};
use super::*;
use crate::binding::http1::Http1;
use crate::binding::{EndOfStream, ErrorNumber};
use wsspec_reports::MessageBehaviour;
use wsspec_vectors::Grade::{Informational, NonStrict};
use wsspec_vectors::Over;

/// What became of the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Did {
    /// Nothing yet.
    Nothing,
    /// Sent Close with this code, unasked.
    Close(Option<u16>),
    /// Answered our Close with this code.
    Answer(Option<u16>),
    /// That, and ended TCP.
    AnswerAndEnd(Option<u16>),
    End,
    /// Ended in this way.
    EndBy(EndOfStream),
}

/// How long was waited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waited {
    Briefly,
    /// A grace after the pong.
    Settled,
    Late,
}

/// A pass, softer than that, a failure, or too early to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Judged {
    Pass,
    Soft(Grade),
    Fail,
    Open,
}

use Did::{Answer as Answers, AnswerAndEnd, Close, End, EndBy, Nothing};
use Judged::{Fail, Open, Pass, Soft};
use Waited::{Briefly, Late, Settled};

fn judged(word: &Value, target: Role, did: Did, waited: Waited) -> Judged {
    judged_with(word, target, did, waited, Vec::new())
}

fn judged_with(
    word: &Value,
    target: Role,
    did: Did,
    waited: Waited,
    messages: Vec<Message>,
) -> Judged {
    let outcome: Outcome = serde_json::from_value(word.clone()).unwrap();
    let mut setup = Setup::new(target, "a", "/");
    setup.peer = MessageBehaviour::Echo;
    let mut view = View::new(target, 0);
    view.messages = messages;
    match did {
        Nothing => {}
        Close(code) | Answers(code) | AnswerAndEnd(code) => {
            view.close = Some(CloseFrame {
                code,
                reason: b"why".to_vec(),
                answers: !matches!(did, Close(_)),
            });
        }
        End | EndBy(_) => {}
    }
    view.end = match did {
        End | AnswerAndEnd(_) => Some(EndOfStream::Finished),
        EndBy(end) => Some(end),
        _ => None,
    };
    let evidence = Evidence {
        setup: &setup,
        view: &view,
        sent: &Sent::new(target, false),
        binding: &Http1::new(target, String::new()),
        barrier: None,
        pong: waited == Settled,
        settled: waited == Settled,
        quiet: false,
        late: waited == Late,
        began: Duration::ZERO,
        now: Duration::ZERO,
        activity_before: Activity::default(),
        second: None,
        carrier: None,
    };
    match decide(&[outcome], &evidence) {
        Decision::Matched(_, None) => Pass,
        Decision::Matched(_, Some((grade, _))) => Soft(grade),
        Decision::Failed(_) => Fail,
        Decision::Undecided => Open,
    }
}

fn table(word: &Value, target: Role, rows: &[(Did, Waited, Judged)]) {
    for (did, waited, right) in rows {
        assert_eq!(
            judged(word, target, *did, *waited),
            *right,
            "{word} of a {}: {did:?} {waited:?}",
            target.name()
        );
    }
}

/// A Close with a listed code or the end of TCP passes, another code is softer; an answer to our
/// Close is no failure.
#[test]
fn failed() {
    for target in [Role::Server, Role::Client] {
        let rows = [
            (Nothing, Briefly, Open),
            (Nothing, Settled, Fail),
            (Nothing, Late, Fail),
            (End, Briefly, Pass),
            (Close(Some(1002)), Briefly, Pass),
            (Close(Some(1007)), Late, Soft(NonStrict)),
            (Close(Some(1000)), Briefly, Soft(NonStrict)),
            (Close(None), Briefly, Soft(NonStrict)),
            (Answers(Some(1002)), Briefly, Pass),
            (Answers(Some(1001)), Briefly, Soft(NonStrict)),
            (Answers(Some(1000)), Briefly, Fail),
            (Answers(None), Briefly, Fail),
            (AnswerAndEnd(None), Briefly, Fail),
        ];
        table(&json!({"failed": 1002}), target, &rows);
        table(
            &json!({"failed": "any"}),
            target,
            &[
                (Close(Some(4000)), Briefly, Pass),
                (Close(None), Briefly, Pass),
            ],
        );
        table(
            &json!({"failed": [1002, null]}),
            target,
            &[(Close(None), Briefly, Pass), (Answers(None), Briefly, Fail)],
        );
        // A verdict that is stated stands for the codes that are named.
        let stated = json!({"failed": 1002, "verdict": "informational", "why": "because"});
        table(
            &stated,
            target,
            &[
                (Close(Some(1002)), Briefly, Soft(Informational)),
                (Close(Some(1007)), Briefly, Fail),
            ],
        );
    }
}

/// An empty or listed code passes, another harmless one is informational, an accusation does not
/// match.
#[test]
fn closed() {
    let codes = [
        (None, Pass),
        (Some(1000), Pass),
        (Some(1001), Soft(Informational)),
        (Some(1002), Fail),
        (Some(1003), Fail),
        (Some(1007), Fail),
        (Some(1011), Fail),
        (Some(1012), Soft(Informational)),
        (Some(3000), Soft(Informational)),
        // What must not be there at all is for the passive rules.
        (Some(1006), Pass),
    ];
    for (code, right) in codes {
        // The end of the stream, which is the server's part, is judged by `ended`.
        for target in [Role::Server, Role::Client] {
            let rows = [
                (AnswerAndEnd(code), Briefly, right),
                (Answers(code), Briefly, right),
            ];
            table(&json!({"closed": 1000}), target, &rows);
        }
    }
    let rows = [
        (Answers(Some(1000)), Late, Pass),
        (Nothing, Briefly, Open),
        (Nothing, Late, Fail),
        (End, Briefly, Fail),
    ];
    table(&json!({"closed": 1000}), Role::Server, &rows);
}

#[test]
fn close() {
    let rows = [
        (Nothing, Briefly, Open),
        (Nothing, Settled, Fail),
        (Nothing, Late, Fail),
        (End, Briefly, Fail),
        (Close(Some(1000)), Briefly, Pass),
        (Close(Some(1001)), Briefly, Fail),
        (Close(None), Briefly, Fail),
    ];
    table(&json!({"close": 1000}), Role::Server, &rows);
    table(
        &json!({"close": "any"}),
        Role::Server,
        &[
            (Close(None), Briefly, Pass),
            (Close(Some(4999)), Briefly, Pass),
        ],
    );
    for (reason, right) in [("why", Pass), ("why not", Fail)] {
        table(
            &json!({"close": 1000, "reason": reason}),
            Role::Server,
            &[(Close(Some(1000)), Briefly, right)],
        );
    }
}

/// A stream that is reset, or ends with its connection, has ended, though not in an orderly way.
#[test]
fn streams_end_in_their_own_ways() {
    let code = ErrorNumber {
        over: Over::H2,
        code: 8,
    };
    for end in [EndOfStream::Cancelled(code), EndOfStream::Aborted(None)] {
        for (how, right) in [("any", Pass), ("rst", Pass), ("fin", Fail)] {
            let word = json!({"ended": how});
            let judged = judged(&word, Role::Server, EndBy(end), Briefly);
            assert_eq!(judged, right, "{how}: {end}");
        }
    }
}

#[test]
fn ends_and_signs_of_life() {
    let gone = [(Close(Some(1000)), Briefly, Fail), (End, Briefly, Fail)];
    let waits = [(Nothing, Briefly, Open), (Nothing, Late, Fail)];
    table(
        &json!("alive"),
        Role::Server,
        &[&gone[..], &waits, &[(Nothing, Settled, Pass)]].concat(),
    );
    table(
        &json!({"text": "a"}),
        Role::Server,
        &[&gone[..], &waits, &[(Nothing, Settled, Fail)]].concat(),
    );
    table(
        &json!({"pong": "a"}),
        Role::Server,
        &[&gone[..], &waits, &[(Nothing, Settled, Fail)]].concat(),
    );
    table(
        &json!("quiet"),
        Role::Server,
        &[
            (Nothing, Briefly, Open),
            (Nothing, Settled, Fail),
            (End, Late, Fail),
        ],
    );
    let ended = [
        (End, Briefly, Pass),
        (Close(None), Briefly, Open),
        (Close(None), Settled, Fail),
        (Nothing, Late, Fail),
    ];
    table(&json!({"ended": "any"}), Role::Server, &ended);
    table(&json!({"ended": "fin"}), Role::Server, &ended);
    table(
        &json!({"ended": "rst"}),
        Role::Server,
        &[(End, Briefly, Fail), (Nothing, Briefly, Open)],
    );
    let limited = [
        (Close(Some(1009)), Briefly, Soft(Informational)),
        (Close(Some(1002)), Briefly, Fail),
    ];
    table(
        &json!("limited"),
        Role::Server,
        &[&limited[..], &waits].concat(),
    );
}

/// What milder alternative is still open is waited for; a named failure wins at once.
#[test]
fn the_mildest_alternative_wins() {
    let read = |words: Value| -> Vec<Outcome> { serde_json::from_value(words).unwrap() };
    let soft = json!({"close": 1001, "verdict": "non-strict", "why": "soft"});
    let worse = json!({"close": 1001, "verdict": "fail", "why": "named"});
    let mild = json!({"close": 1001, "verdict": "informational", "why": "mild"});
    let why = |alternatives: &[Outcome], late| {
        let setup = Setup::new(Role::Server, "a", "/");
        let mut view = View::new(Role::Server, 0);
        view.close = Some(CloseFrame {
            code: Some(1001),
            reason: Vec::new(),
            answers: false,
        });
        let sent = &Sent::new(Role::Server, false);
        let (setup, view) = (&setup, &view);
        let (pong, settled, quiet, second) = (false, false, false, None);
        let activity_before = Activity::default();
        decide(
            alternatives,
            &Evidence {
                setup,
                view,
                sent,
                binding: &Http1::new(Role::Server, String::new()),
                barrier: None,
                pong,
                settled,
                quiet,
                late,
                began: Duration::ZERO,
                now: Duration::ZERO,
                activity_before,
                second,
                carrier: None,
            },
        )
    };
    let matched = |which, grade, why: &str| Decision::Matched(which, Some((grade, stated(why))));
    assert_eq!(
        why(&read(json!([soft, mild])), false),
        matched(1, Informational, "mild")
    );
    assert_eq!(
        why(&read(json!([mild, soft])), false),
        matched(0, Informational, "mild")
    );
    assert_eq!(
        why(&read(json!([mild, worse])), false),
        Decision::Failed(stated("named"))
    );
    let patient = read(json!([soft, {"ended": "any"}]));
    assert_eq!(why(&patient, false), Decision::Undecided);
    assert_eq!(why(&patient, true), matched(0, NonStrict, "soft"));
}

/// What the vectors of these tests say of an alternative.
fn stated(why: &str) -> Reason {
    Reason::Stated {
        word: "close",
        why: why.to_owned(),
    }
}

/// `null`: it has not asked, by refusing the URL.
#[test]
fn not_requested() {
    let rows = [
        (Nothing, Briefly, Open),
        (Nothing, Late, Pass),
        (End, Briefly, Pass),
    ];
    table(&json!({"requested": null}), Role::Client, &rows);
    table(
        &json!({"requested": true}),
        Role::Client,
        &[
            (Nothing, Briefly, Open),
            (Nothing, Late, Fail),
            (End, Briefly, Fail),
        ],
    );
}

/// A message that pays a debt is always welcome, one that pays none only where an alternative asks
/// for it.
#[test]
fn unwelcome_messages() {
    let rows = [
        (MessageUse::Pays, [Open, Pass, Pass]),
        (MessageUse::Settled, [Open, Open, Pass]),
        (MessageUse::Unasked, [Fail, Pass, Fail]),
        // What a target had to refuse and echoed: an echo is what some cases ask about.
        (MessageUse::PaysDoubtful, [Fail, Pass, Pass]),
    ];
    for (use_, rights) in rows {
        for (word, right) in [json!("alive"), json!({"text": "a"}), json!("echo")]
            .into_iter()
            .zip(rights)
        {
            let message = Message {
                kind: MessageKind::Text,
                payload: b"a".to_vec(),
                use_,
            };
            assert_eq!(
                judged_with(&word, Role::Server, Nothing, Briefly, vec![message]),
                right,
                "{word} {use_:?}"
            );
        }
    }
    for (kind, payload) in [(MessageKind::Binary, "a"), (MessageKind::Text, "b")] {
        let message = Message {
            kind,
            payload: payload.into(),
            use_: MessageUse::Unasked,
        };
        assert_eq!(
            judged_with(
                &json!({"text": "a"}),
                Role::Server,
                Nothing,
                Briefly,
                vec![message]
            ),
            Fail
        );
    }
}

/// Silence is broken by all but pings and pongs; where the application is no echo, a message may still
/// answer an earlier one.
#[test]
fn late_answers_of_an_application_break_no_silence() {
    let outcomes: Vec<Outcome> = vec![serde_json::from_value(json!("quiet")).unwrap()];
    let silence_is_broken = |peer, sound, messages| {
        let mut setup = Setup::new(Role::Server, "a", "/");
        setup.peer = peer;
        let mut view = View::new(Role::Server, 0);
        view.activity.count = 2;
        view.activity.messages = messages;
        let mut sent = Sent::new(Role::Server, false);
        sent.sound = sound;
        let evidence = Evidence {
            setup: &setup,
            view: &view,
            sent: &sent,
            binding: &Http1::new(Role::Server, String::new()),
            barrier: None,
            pong: false,
            settled: false,
            quiet: true,
            late: false,
            began: Duration::ZERO,
            now: Duration::ZERO,
            activity_before: Activity::default(),
            second: None,
            carrier: None,
        };
        decide(&outcomes, &evidence) == Decision::Failed(Reason::NotQuiet)
    };
    assert!(silence_is_broken(MessageBehaviour::Echo, 1, 2));
    assert!(silence_is_broken(MessageBehaviour::Silent, 0, 2));
    assert!(silence_is_broken(MessageBehaviour::Silent, 1, 1));
    assert!(!silence_is_broken(MessageBehaviour::Silent, 1, 2));
}

/// The head of an answer that goes over to a draft of this protocol.
const DRAFT: &str = "101 X\r\nUpgrade: WebSocket\r\nConnection: Upgrade";

/// Judges the answer of a server with this head, from the status on; without one, it ended the
/// stream.
fn judged_answer(word: &Value, head: Option<&str>, ended: bool) -> Judged {
    let setup = Setup::new(Role::Server, "a", "/");
    let sent = Sent::new(Role::Server, false);
    let mut view = View::new(Role::Server, 0);
    let mut binding = Http1::new(Role::Server, String::new());
    if let Some(head) = head {
        for input in binding.receive(format!("HTTP/1.1 {head}\r\n\r\n").as_bytes()) {
            view.take(input);
        }
    }
    view.end = ended.then_some(EndOfStream::Finished);
    let evidence = Evidence {
        setup: &setup,
        view: &view,
        sent: &sent,
        binding: &binding,
        barrier: None,
        pong: false,
        settled: false,
        quiet: false,
        late: false,
        began: Duration::ZERO,
        now: Duration::ZERO,
        activity_before: Activity::default(),
        second: None,
        carrier: None,
    };
    let outcomes: Vec<Outcome> = vec![serde_json::from_value(word.clone()).unwrap()];
    match decide(&outcomes, &evidence) {
        Decision::Matched(_, graded) => graded.map_or(Pass, |(grade, _)| Soft(grade)),
        Decision::Failed(_) => Fail,
        Decision::Undecided => Open,
    }
}

/// A status that is not listed, or the end of TCP without an answer, is softer; a 101 is no
/// refusal, unless it leads to another protocol.
#[test]
fn refused() {
    let rows = [
        (json!({"refused": 400}), Some("400 X"), Pass),
        (json!({"refused": 400}), Some("404 X"), Soft(NonStrict)),
        (json!({"refused": "4xx"}), Some("404 X"), Pass),
        (json!({"refused": "any"}), Some("200 X"), Pass),
        (json!({"refused": "any"}), Some("101 X"), Fail),
        (json!({"refused": 400}), Some("101 X"), Fail),
        (json!({"refused": 400}), None, Soft(NonStrict)),
        (json!({"refused": [400, null]}), None, Pass),
        (json!({"refused": "any"}), Some(DRAFT), Soft(Informational)),
        (json!({"refused": 101}), Some(DRAFT), Pass),
    ];
    for (word, head, right) in rows {
        assert_eq!(
            judged_answer(&word, head, head.is_none()),
            right,
            "{word} {head:?}"
        );
    }
    // The worse of what the case says and what the word finds.
    let stated = json!({"limited": true, "verdict": "non-strict", "why": "because"});
    table(
        &stated,
        Role::Server,
        &[(Close(Some(1009)), Briefly, Soft(NonStrict))],
    );
}

/// The end of TCP is announced by Connection: close, in any case and anywhere in the list.
#[test]
fn an_announced_end() {
    let rows = [
        ("400 X\r\nConnection: close", Pass),
        ("426 X\r\nConnection: Upgrade, Close", Pass),
        ("400 X\r\nConnection: keep-alive", Fail),
        ("400 X", Fail),
    ];
    for (head, right) in rows {
        assert_eq!(
            judged_answer(&json!({"ended": "announced"}), Some(head), true),
            right,
            "{head}"
        );
        assert_eq!(
            judged_answer(&json!({"ended": "announced"}), Some(head), false),
            Open,
            "{head}"
        );
    }
}
