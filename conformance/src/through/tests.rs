//! A run over the network, through a model gateway that translates.

use std::future::pending;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use wsspec_reports::{Ending, TargetReport, Transport, Verdict};
use wsspec_vectors::OpensBy::{self, Connect, Upgrade};
use wsspec_vectors::{Corpus, End};

use super::gateway::{Gateway, Kind, Output};
use super::run::{Between, Options, run};
use super::world::Finish;
use crate::binding::carrier::Came;
use crate::binding::{EndOfStream, Field};
use crate::run::Target;
use crate::tls::Trust;
use crate::wire::shared::{self, Client, Event, Said, Server};
use crate::wire::stream::Stream;

/// One side of a gateway.
enum Side {
    Bytes(Stream),
    /// A connection to a server, whose stream is opened by the first head.
    Unopened(Client),
    Stream(shared::Stream, Option<Client>),
    Over,
}

/// What comes from a side.
enum Coming {
    Bytes(Vec<u8>),
    Fields(Vec<Field>),
    End(Finish),
}

impl Side {
    async fn next(&mut self) -> Coming {
        match self {
            Side::Bytes(stream) => {
                let mut buffer = vec![0; 16 << 10];
                match stream.read(&mut buffer).await {
                    Ok(0) => Coming::End(Finish::Fin),
                    Ok(count) => Coming::Bytes(buffer[..count].to_vec()),
                    Err(_) => Coming::End(Finish::Rst),
                }
            }
            Side::Stream(stream, _) => match stream.next().await {
                Some(Event::Came(Came::Fields(fields, _))) => Coming::Fields(fields),
                Some(Event::Came(Came::Data(bytes))) => Coming::Bytes(bytes),
                Some(Event::Came(Came::End(EndOfStream::Finished))) => Coming::End(Finish::Fin),
                _ => Coming::End(Finish::Rst),
            },
            Side::Unopened(_) | Side::Over => pending().await,
        }
    }

    async fn put(self, output: Output) -> Side {
        match (self, output) {
            (Side::Bytes(mut stream), Output::Bytes(bytes)) => match stream.send(&bytes).await {
                Ok(()) => Side::Bytes(stream),
                Err(_) => Side::Over,
            },
            (Side::Unopened(client), Output::Fields(fields)) => {
                Side::Stream(client.open(fields), Some(client))
            }
            (Side::Stream(mut stream, client), output) => {
                stream.say(match output {
                    Output::Bytes(bytes) => Said::Data(bytes),
                    Output::Fields(fields) => Said::Fields(fields),
                });
                Side::Stream(stream, client)
            }
            (side, _) => side,
        }
    }

    async fn end(mut self, how: Finish) -> Side {
        match (&mut self, how) {
            (Side::Bytes(stream), Finish::Fin) => drop(stream.shutdown().await),
            (Side::Bytes(stream), Finish::Rst) => {
                stream.reset_at_end();
                return Side::Over;
            }
            (Side::Stream(stream, _), Finish::Fin) => stream.say(Said::Finish),
            (Side::Stream(stream, _), Finish::Rst) => stream.say(Said::Reset),
            (Side::Unopened(_) | Side::Over, _) => {}
        }
        self
    }
}

/// Accepts connections of clients that open like this, and translates each.
async fn gateway(listener: TcpListener, to: SocketAddr, opens: [OpensBy; 2]) {
    while let Ok((stream, _)) = listener.accept().await {
        if opens[0] == Upgrade {
            tokio::spawn(translate(Side::Bytes(stream.into()), to, opens));
            continue;
        }
        let mut server = Server::begin(stream.into(), Vec::new());
        tokio::spawn(async move {
            while let Some(stream) = server.accept().await {
                tokio::spawn(translate(Side::Stream(stream, None), to, opens));
            }
        });
    }
}

async fn dial(to: SocketAddr, opens: OpensBy) -> Side {
    let stream = TcpStream::connect(to).await.unwrap();
    match opens {
        Upgrade => Side::Bytes(stream.into()),
        Connect => Side::Unopened(Client::begin(stream.into()).await.unwrap()),
    }
}

async fn translate(client: Side, to: SocketAddr, opens: [OpensBy; 2]) {
    let mut model = Gateway::between(opens, Kind::Http, None);
    let mut sides = [client, Side::Over];
    let mut ended = [false; 2];
    let mut dialled = false;
    while ended != [true; 2] {
        let [client, server] = &mut sides;
        let (from, coming) = tokio::select! {
            coming = client.next(), if !ended[0] => (End::Client, coming),
            coming = server.next(), if !ended[1] => (End::Server, coming),
        };
        match coming {
            Coming::Bytes(bytes) => model.receive(from, &bytes),
            Coming::Fields(fields) => model.receive_fields(from, &fields),
            Coming::End(how) => {
                ended[usize::from(from == End::Server)] = true;
                model.receive_end(from, how);
            }
        }
        for (at, to_end) in [End::Client, End::Server].into_iter().enumerate() {
            let outputs = model.take_output(to_end);
            if to_end == End::Server && !outputs.is_empty() && !dialled {
                dialled = true;
                sides[at] = dial(to, opens[1]).await;
            }
            let mut side = std::mem::replace(&mut sides[at], Side::Over);
            for output in outputs {
                side = side.put(output).await;
            }
            if let Some(how) = model.take_end(to_end) {
                side = side.end(how).await;
            }
            sides[at] = side;
        }
    }
}

async fn report(opens: [OpensBy; 2]) -> TargetReport {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    let over = (opens[0] == Connect).then_some(Transport::H2);
    let target = Target::trusting(&url, Vec::new(), &Trust::default(), over).unwrap();
    let free = "127.0.0.1:0".parse().unwrap();
    let between = Arc::new(Between::new(target, free).await.unwrap());
    tokio::spawn(gateway(listener, between.address(), opens));
    let all = Corpus::embedded().unwrap().throughs;
    let families = [
        "through.control",
        "through.translate",
        "through.end",
        "through.refusal",
    ];
    let mut chosen = all.clone();
    chosen.retain(|case| families.contains(&case.family.as_str()));
    let options = Options {
        timeout: Duration::from_secs(20),
        ..Options::default()
    };
    run(&chosen, &all, &between, &options, pending(), &mut |_| {}).await
}

/// Conversations that are streams of HTTP/2, at either end and at both, are judged as those of HTTP/1.1.
#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_translates_passes_over_the_network() {
    for opens in [[Connect, Upgrade], [Upgrade, Connect], [Connect; 2]] {
        let report = report(opens).await;
        assert_eq!(report.ended, Ending::Complete, "{opens:?}");
        let rows = report.cases.iter();
        let failed: Vec<_> = rows
            .filter(|row| row.verdict >= Verdict::Flaky)
            .map(|row| (&row.id, &row.reason))
            .collect();
        assert_eq!(failed, [], "{opens:?}");
        let passed = report
            .cases
            .iter()
            .filter(|row| row.verdict == Verdict::Pass);
        assert!(passed.count() > 20, "{opens:?}");
    }
}
