//! Captures that we write, read back.

use proptest::prelude::*;
use wsspec::decode::{Content, Note, Stream, read};
use wsspec_core::Role;
use wsspec_reports::{Circumstances, Entry, TargetRole, Transcript, Transport, What, Who, pcap};

fn entry() -> impl Strategy<Value = Entry> {
    let bytes = prop::collection::vec(any::<u8>(), 1..20).prop_map(What::Bytes);
    let long = (65_000usize..140_000).prop_map(|n| What::Bytes(vec![7; n]));
    let what =
        prop_oneof![20 => bytes, 1 => long, 1 => Just(What::TimedOut), 1 => Just(What::Alert(40))];
    let who = prop_oneof![Just(Who::Suite), Just(Who::Target)];
    (1u32..4, who, what).prop_map(|(on, who, what)| Entry {
        at_us: 1_500_000 + u64::from(on),
        on,
        who,
        what,
    })
}

fn transcript(target_role: TargetRole, entries: Vec<Entry>) -> Transcript {
    Transcript {
        target_role,
        circumstances: None,
        entries,
    }
}

/// What was written in conversation `on`, by each side that wrote.
fn sent(transcript: &Transcript, on: u32) -> Vec<(Role, Vec<u8>)> {
    let server = transcript.target_role.server(on);
    let by = |role: Role| {
        let mine = transcript.entries.iter().filter(|e| e.on == on);
        let mine = mine.filter(|e| (e.who == server) == (role == Role::Server));
        let bytes = mine.filter_map(|e| match &e.what {
            What::Bytes(bytes) => Some(bytes.clone()),
            _ => None,
        });
        (role, bytes.collect::<Vec<_>>().concat())
    };
    let sides = [Role::Client, Role::Server].map(by);
    sides.into_iter().filter(|(_, b)| !b.is_empty()).collect()
}

fn read_back(transcript: &Transcript) -> (Vec<Stream>, Vec<Note>) {
    let read = read(&pcap(transcript).unwrap(), None).unwrap();
    let Content::Streams(streams) = read.content else {
        panic!("{:?}", read.content)
    };
    (streams, read.notes)
}

proptest! {
    #[test]
    fn every_conversation_comes_back(
        entries in prop::collection::vec(entry(), 1..30),
        client in any::<bool>(),
    ) {
        let role = if client { TargetRole::Client } else { TargetRole::Server };
        let mut transcript = transcript(role, entries);
        // Something to read in any case.
        transcript.entries.push(Entry { at_us: 9, on: 1, who: Who::Suite, what: What::Bytes(vec![1]) });
        let (streams, notes) = read_back(&transcript);
        prop_assert_eq!(notes, []);
        let mut read: Vec<Vec<(Role, Vec<u8>)>> = streams
            .into_iter()
            .map(|s| s.sides.into_iter().map(|side| (side.sender.unwrap(), side.bytes)).collect())
            .collect();
        let mut expected: Vec<_> = (1..4).map(|on| sent(&transcript, on)).filter(|s| !s.is_empty()).collect();
        read.sort_by_key(|sides| format!("{sides:?}"));
        expected.sort_by_key(|sides| format!("{sides:?}"));
        prop_assert_eq!(read, expected);
    }
}

#[test]
fn what_was_not_kept_is_missing() {
    let say = |what| Entry {
        at_us: 0,
        on: 1,
        who: Who::Target,
        what,
    };
    let kept = [
        What::Bytes(vec![1, 2]),
        What::Left(70),
        What::Bytes(vec![3]),
    ];
    let whole = transcript(TargetRole::Server, kept.map(say).to_vec());
    let (streams, notes) = read_back(&whole);
    assert_eq!(streams[0].sides[0].bytes, [1, 2]);
    assert!(matches!(notes[..], [Note::Missing { bytes: 70, .. }]));
}

#[test]
fn http3_is_no_tcp() {
    let circumstances = Circumstances {
        over: Transport::H3,
        ..Circumstances::default()
    };
    let over = Transcript {
        circumstances: Some(Box::new(circumstances)),
        ..Transcript::default()
    };
    assert_eq!(pcap(&over), None);
}
