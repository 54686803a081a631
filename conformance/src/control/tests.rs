//! What is said of cases with peers in memory, after they were weighed.

use std::collections::HashSet;
use std::sync::Arc;

use wsspec_core::{Role, Violation};
use wsspec_reports::{MessageBehaviour, Transport, Verdict, What, Who};
use wsspec_vectors::{Case, Corpus, Step, Word};

use super::{CarriesOut, Weigher, broken};
use crate::exchange::{Conclusion, Ending, Setup};
use crate::peer::{LegalApplication, PlantedFault, ReferencePeer};
use crate::run::probe_in_memory;
use crate::wire::memory::{self, Chunking};
use crate::wire::stored;

struct Peer(ReferencePeer);

impl CarriesOut for Peer {
    async fn carry_out(&self, case: &Case, setup: &Setup) -> Conclusion {
        memory::run(case, setup, &self.0, Chunking::Whole)
    }
}

/// A server with a fault, which claims to echo.
fn faulty(fault: &str) -> (ReferencePeer, bool) {
    let fault = PlantedFault::named(fault).unwrap_or_else(|| panic!("no fault {fault}"));
    (fault.peer(), true)
}

/// A server that runs an application which is no echo.
fn running(application: &str, peer: &ReferencePeer) -> (ReferencePeer, bool) {
    let application = LegalApplication::named(application)
        .unwrap_or_else(|| panic!("no application {application}"));
    (peer.clone().running(application), false)
}

/// What is said of one case of a server in a run of all cases: the verdict, and what it rests on or
/// else the requirement that was broken.
fn said(target: (ReferencePeer, bool), id: &str) -> (Verdict, String) {
    said_of(Role::Server, target, id)
}

/// What one case shows of a server by itself.
fn first_of(role: Role, (peer, _): (ReferencePeer, bool), id: &str) -> Conclusion {
    let corpus = Corpus::embedded().unwrap();
    let case = corpus.cases.iter().find(|case| case.id == id).unwrap();
    let setup = Setup::new(role, "wsspec.invalid", "/");
    memory::run(case, &setup, &peer, Chunking::Whole)
}

fn said_of(role: Role, target: (ReferencePeer, bool), id: &str) -> (Verdict, String) {
    said_over(Transport::Tcp, role, target, id)
}

fn said_over(
    over: Transport,
    role: Role,
    (peer, claims_echo): (ReferencePeer, bool),
    id: &str,
) -> (Verdict, String) {
    let corpus = Corpus::embedded().unwrap_or_else(|e| panic!("{e:?}"));
    let case = corpus.cases.iter().find(|case| case.id == id);
    let case = case.unwrap_or_else(|| panic!("no case {id}"));
    let mut setup = Setup::new(role, "wsspec.invalid", "/");
    setup.over = over;
    setup.learn(&probe_in_memory(&setup, &peer).found);
    if claims_echo {
        setup.claimed = true;
        setup.peer = MessageBehaviour::Echo;
    }
    let ids: HashSet<String> = corpus.cases.iter().map(|case| case.id.clone()).collect();
    let peer = Peer(peer);
    let first = memory::at_once(peer.carry_out(case, &setup));
    let weigher = Weigher::new(&setup, peer, Arc::new(ids), false);
    let weighed = memory::at_once(weigher.weigh(case, first));
    let names = weighed
        .rests_on
        .clone()
        .or_else(|| broken(case, role, &weighed));
    (weighed.verdict, names.unwrap_or_default())
}

#[test]
fn a_case_rests_on_the_simplest_one_that_fails_for_the_same_cause() {
    let pong = |id| said(faulty("pong-empty"), id);
    assert_eq!(
        pong("control.ping-text"),
        (Verdict::Fail, "RFC6455-5.5.3-1".into())
    );
    assert_eq!(
        pong("control.ping-1"),
        (Verdict::Skipped, "control.ping-text".into())
    );
    // A pong is no matter of an application.
    let (peer, _) = faulty("pong-empty");
    assert_eq!(
        said((peer, false), "control.ping-1"),
        (Verdict::Skipped, "control.ping-text".into())
    );
    let echo = |id| said(faulty("wrong-bytes"), id);
    assert_eq!(
        echo("message.plain-text"),
        (Verdict::Fail, "RFC6455-6.1-2".into())
    );
    assert_eq!(
        echo("message.text-1000"),
        (Verdict::Skipped, "message.plain-text".into())
    );
}

/// What is read out of what follows a request that had to be refused breaks nothing further.
#[test]
fn a_request_that_is_taken_is_what_broke_and_not_what_follows_it() {
    for (fault, id, requirement) in [
        (
            "version-ignored",
            "handshake.version.other-99",
            "RFC6455-4.2.2-8",
        ),
        (
            "key-missing-ignored",
            "handshake.key.missing",
            "RFC6455-4.2.1-9",
        ),
        (
            "upgrade-ignored",
            "handshake.upgrade-header.missing",
            "RFC6455-4.2.1-6",
        ),
    ] {
        let mut found = first_of(Role::Server, faulty(fault), id);
        // As of a server that checks no frames either.
        found.reaction.provoked = Some(Violation::RsvSet);
        found.reaction.ending = Ending::Open;
        let corpus = Corpus::embedded().unwrap();
        let case = corpus.cases.iter().find(|case| case.id == id).unwrap();
        let broken = broken(case, Role::Server, &found);
        assert_eq!(broken.as_deref(), Some(requirement), "{fault}: {id}");
    }
}

/// A Close that answers ours is no decision of an application, however long what follows takes.
#[test]
fn the_end_of_a_stream_is_no_matter_of_an_application() {
    let (peer, _) = faulty("stream-end-lost");
    let closed = said_over(
        Transport::H2,
        Role::Server,
        (peer, false),
        "h2.stream.closed",
    );
    assert_eq!(closed, (Verdict::NonStrict, "RFC8441-5-8".into()));
}

/// Settings of ours are what a case with such is about, and not a rule on pings.
#[test]
fn what_settings_bring_about_is_judged_by_the_case() {
    let narrow = |id| said_over(Transport::H2, Role::Server, faulty("window-too-narrow"), id);
    for id in ["h2.stream.window-1", "h2.stream.window-125"] {
        assert_eq!(narrow(id), (Verdict::Fail, "RFC8441-5-7".into()), "{id}");
    }
}

#[test]
fn a_sign_of_life_inside_a_message_is_a_premise() {
    let inside = |id| said(faulty("crash-on-ping-inside"), id).0;
    assert_eq!(
        inside("fragmentation.ping-between-one-write"),
        Verdict::Fail
    );
    assert_eq!(inside("fragmentation.slow-text"), Verdict::Pass);
    assert_eq!(inside("frame.opcode.3-inside-message"), Verdict::Pass);
}

#[test]
fn what_an_application_does_with_messages_is_its_own() {
    let right = ReferencePeer::conforming();
    let upper = |id| said(running("upper-cases-text", &right), id).0;
    // The same reaction as to the same message in one frame.
    assert_eq!(upper("fragmentation.two-text"), Verdict::Pass);
    assert_eq!(upper("message.plain-text"), Verdict::Skipped);
    let closing = |id| said(running("graphql", &right), id).0;
    assert_eq!(closing("fragmentation.two-text"), Verdict::Pass);
    assert_eq!(closing("frame.rsv.1-text"), Verdict::Pass);
    // It closes at the message before the fault.
    assert_eq!(closing("frame.mask.wrong-after-messages"), Verdict::Skipped);
}

#[test]
fn a_close_that_comes_without_the_fault_too_is_no_refusal() {
    let fault = PlantedFault::named("rsv-ignored").map(PlantedFault::peer);
    let fault = fault.unwrap_or_else(|| panic!("no such fault"));
    assert_eq!(
        said(running("graphql", &fault), "frame.rsv.1-text"),
        (Verdict::Fail, "RFC6455-5.2-3".into())
    );
}

#[test]
fn a_fault_that_may_be_taken_is_no_failure_if_it_is() {
    let fault = PlantedFault::named("length-form-ignored").map(PlantedFault::peer);
    let fault = fault.unwrap_or_else(|| panic!("no such fault"));
    let (verdict, _) = said(
        running("graphql", &fault),
        "frame.length.long-form-0-in-16-text",
    );
    assert_eq!(verdict, Verdict::NonStrict);
}

#[test]
fn a_fault_that_was_taken_is_not_explained_by_what_came_back() {
    assert_eq!(
        said(faulty("utf8-ignored"), "deflate.utf8.invalid-80-alone"),
        (Verdict::Fail, "RFC6455-8.1-1".into())
    );
}

#[test]
fn what_follows_from_wrong_bytes_rests_on_the_passive_rule() {
    assert_eq!(
        said(faulty("opcode-reserved-sent"), "message.binary-16385"),
        (Verdict::Skipped, "passive.opcode-reserved".into())
    );
}

#[test]
fn a_failure_names_what_the_target_cannot_take() {
    let blamed = |fault, id| said(faulty(fault), id);
    for (fault, id, requirement) in [
        (
            "crash-on-fragment-9",
            "fragmentation.big-binary-by-1300",
            "RFC6455-5.4-8",
        ),
        (
            "utf8-by-fragment",
            "utf8.table-row2-first-frames",
            "RFC6455-5.6-1",
        ),
        (
            "mask-phase-lost",
            "utf8.table-row1-first-writes",
            "RFC6455-6.2-1",
        ),
        (
            "zeros-end-messages",
            "close.code.binary-not-taken",
            "RFC6455-5.6-2",
        ),
    ] {
        assert_eq!(
            blamed(fault, id),
            (Verdict::Fail, requirement.into()),
            "{fault}"
        );
    }
}

#[test]
fn an_offer_that_is_taken_wrongly_is_what_broke() {
    assert_eq!(
        said(
            faulty("deflate-any-offer"),
            "deflate.negotiation.declined-then-rsv1"
        ),
        (Verdict::Fail, "RFC7692-7-1".into())
    );
}

/// Whether a step of the case passes only if the connection is failed.
fn demands_failure(case: &Case) -> bool {
    case.steps.iter().any(|step| match step.bare() {
        Step::Expect(alternatives) => {
            let mut passing = alternatives.iter().filter(|other| other.verdict.is_none());
            passing.all(|outcome| matches!(outcome.word, Word::Failed(_)))
        }
        _ => false,
    })
}

/// The requirement that a server broke whose answer to the request of a case is this.
fn answered(id: &str, answer: What) -> Option<String> {
    let corpus = Corpus::embedded().unwrap_or_else(|e| panic!("{e:?}"));
    let case = corpus.cases.iter().find(|case| case.id == id);
    let case = case.unwrap_or_else(|| panic!("no case {id}"));
    let setup = Setup::new(Role::Server, "wsspec.invalid", "/");
    let (peer, _) = faulty("mask-ignored");
    let refused = memory::at_once(Peer(peer).carry_out(case, &setup));
    let mut transcript = refused.transcript.as_ref().clone();
    let first = transcript.entries.iter().position(|e| e.who == Who::Target);
    transcript.entries.truncate(first.unwrap() + 1);
    transcript.entries.last_mut().unwrap().what = answer;
    let conclusion = stored::judge(case, &setup, &transcript).unwrap();
    broken(case, Role::Server, &conclusion)
}

#[test]
fn a_refusal_that_is_no_http_error_is_one_fault() {
    let failure = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n";
    let garbage = b"Error 400: Bad Request\nMalformed request";
    for id in ["handshake.key.missing", "handshake.version.missing"] {
        for answer in [
            What::Fin,
            What::Bytes(failure.to_vec()),
            What::Bytes(garbage.to_vec()),
        ] {
            let broken = answered(id, answer.clone());
            assert_eq!(
                broken.as_deref(),
                Some("RFC6455-4.2.1-1"),
                "{id}: {answer:?}"
            );
        }
    }
}

#[test]
fn a_garbled_pong_is_wrong_wherever_the_ping_was() {
    assert_eq!(
        said(faulty("pong-garbled-inside"), "deflate.data.ping-between-5"),
        (Verdict::Fail, "RFC6455-5.5.3-1".into())
    );
}

#[test]
fn a_pong_before_the_refusal_answers_a_frame() {
    let pong = b"\x8a\x09too earlyHTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(
        answered(
            "handshake.malformed.frames-behind-refusal-no-key",
            What::Bytes(pong.to_vec())
        )
        .as_deref(),
        Some("RFC6455-4.2.1-18")
    );
}

#[test]
fn what_has_to_be_refused_breaks_more_than_a_may() {
    let corpus = Corpus::embedded().unwrap_or_else(|e| panic!("{e:?}"));
    for case in corpus.cases.iter().filter(|case| demands_failure(case)) {
        let own = case.requirements.first().map(String::as_str);
        let level = own.and_then(|own| corpus.requirements.get(own));
        assert!(
            level.is_none_or(|requirement| requirement.level != "MAY"),
            "{}: {own:?}",
            case.id
        );
    }
}

#[test]
fn an_odd_head_says_nothing_of_a_target_that_takes_none() {
    let unknown = "handshake.headers.unknown-x";
    let server = |id| said(faulty("unusual-unanswered"), id);
    assert_eq!(server(unknown), (Verdict::Fail, "RFC6455-4.2.1-16".into()));
    assert_eq!(
        server("deflate.negotiation.malformed-escape-open"),
        (Verdict::Skipped, unknown.into())
    );
    let nothing = "client.response.nothing-right";
    let client = |id| said_of(Role::Client, faulty("answer-unread"), id);
    assert_eq!(client(nothing), (Verdict::Fail, "RFC6455-4.1-34".into()));
    assert_eq!(
        client("client.response.accept-empty"),
        (Verdict::Skipped, nothing.into())
    );
}

#[test]
fn a_fault_after_a_close_says_nothing_of_a_target_that_answers_none() {
    assert_eq!(
        said(
            faulty("no-close"),
            "close.handshake.wrong-behind-reserved-bits"
        ),
        (Verdict::Skipped, "close.handshake.at-once".into())
    );
}
