//! Conversations through a real proxy: every byte arrives as it was sent, and planted faults are named.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use wsspec::check;
use wsspec::peer::{FAULTS, PlantedFault};
use wsspec::proxy::Proxy;
use wsspec::referee::{Found, Notice};
use wsspec::run::Target;
use wsspec::wire::memory::Chunking;
use wsspec_core::Role::{self, Client, Server};
use wsspec_reports::Verdict;
use wsspec_vectors::{Corpus, SplitMix64};

use crate::material::{LIMITS, Sent, cases, conversations, corpus, is_of, rules};
use crate::{found_in, judge};

/// What the faults are drawn by.
const SEED: u64 = 20;

/// Faults drawn for each side.
const DRAWN: usize = 10;

const LOCAL: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Carries on a conversation through a proxy: each write is read at the other end before the next, and is
/// the same there. Returns what was noticed.
async fn through_a_proxy(sent: &Sent) -> io::Result<Vec<Found>> {
    let (listener, upstream) = (
        TcpListener::bind(LOCAL).await?,
        TcpListener::bind(LOCAL).await?,
    );
    let address = listener.local_addr()?;
    let url = format!("ws://{}/", upstream.local_addr()?);
    let target = Target::new(&url, Vec::new()).map_err(io::Error::other)?;
    let noticed = Arc::new(Mutex::new(Vec::new()));
    let notices = {
        let noticed = Arc::clone(&noticed);
        move |notice: Notice<'_>| {
            if let Notice::Broke(_, found) = notice {
                noticed.lock().unwrap().push(found.clone());
            }
        }
    };
    let proxy = Proxy::new(listener.into(), target, LIMITS).most(Some(1));
    let proxy = tokio::spawn(proxy.run(std::future::pending(), notices));
    let mut client = TcpStream::connect(address).await?;
    let (mut server, _) = upstream.accept().await?;
    for (from, bytes) in sent {
        let (writer, reader) = match from {
            Client => (&mut client, &mut server),
            Server => (&mut server, &mut client),
        };
        writer.write_all(bytes).await?;
        let mut read = vec![0; bytes.len()];
        reader.read_exact(&mut read).await?;
        assert_eq!(&read, bytes);
    }
    for end in [&mut client, &mut server] {
        end.shutdown().await?;
    }
    for end in [&mut client, &mut server] {
        assert_eq!(end.read(&mut [0]).await?, 0);
    }
    let tally = proxy.await.map_err(io::Error::other)??;
    assert!(tally.traffic.connections == 1 && tally.traffic.unreached == 0);
    let noticed = noticed.lock().unwrap().clone();
    Ok(noticed)
}

/// A conversation in which a fault shows.
fn showing(corpus: &Corpus, fault: &PlantedFault, role: Role) -> Option<Sent> {
    let peer = fault.peer();
    cases(corpus, role).find_map(|case| {
        let conclusion = check::in_memory(case, role, &peer, Chunking::Whole);
        if found_in(&conclusion, role).is_empty() {
            return None;
        }
        let mut conversations = conversations(&conclusion.transcript, role).into_iter();
        conversations.find(|sent| judge(sent).iter().any(|found| is_of(found, fault, role)))
    })
}

#[test]
fn of_twenty_drawn_faults_each_is_named_with_its_side() {
    let (corpus, runtime) = (corpus(), Runtime::new().unwrap());
    let mut random = SplitMix64(SEED);
    for role in [Client, Server] {
        let faults = FAULTS.iter().filter(|fault| fault.worst == Verdict::Fail);
        let showing_in_bytes =
            faults.filter(|fault| fault.roles.contains(&role) && !rules(fault, role).is_empty());
        let mut faults: Vec<&PlantedFault> = showing_in_bytes.collect();
        let mut named = Vec::new();
        while named.len() < DRAWN {
            let fault = faults.swap_remove(random.below(faults.len()));
            // What shows elsewhere is listed in another test.
            let Some(sent) = showing(&corpus, fault, role) else {
                continue;
            };
            let found = runtime.block_on(through_a_proxy(&sent)).unwrap();
            assert!(
                found.iter().any(|found| is_of(found, fault, role)),
                "{} as a {}: {found:?}",
                fault.name,
                role.name()
            );
            named.push(&*fault.name);
        }
        println!("{}: {}", role.name(), named.join(", "));
    }
}
