//! What a connection through `wsspec proxy` costs, against a plain TCP proxy of the same shape, in pairs
//! that take turns: `cargo bench -p wsspec --bench proxy [PAIRS]`.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use wsspec::proxy::Proxy;
use wsspec::referee::{Limits, Payloads};
use wsspec::run::Target;
use wsspec_core::frame::{FrameHeader, Opcode};

const REQUEST: &[u8] =
    b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

const ANSWER: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

const LOCAL: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// A load: the server sends this many times a batch of frames, and waits after each for a frame of the
/// client if `paced`.
#[derive(Clone, Copy)]
struct Load {
    name: &'static str,
    payload: usize,
    frames: usize,
    batches: usize,
    paced: bool,
}

const LOADS: [Load; 3] = [
    Load {
        name: "16 KiB messages, one way",
        payload: 16 << 10,
        frames: 64,
        batches: 256,
        paced: false,
    },
    Load {
        name: "100-byte messages, one way",
        payload: 100,
        frames: 640,
        batches: 1000,
        paced: false,
    },
    Load {
        name: "100-byte messages, one by one",
        payload: 100,
        frames: 1,
        batches: 20_000,
        paced: true,
    },
];

fn main() -> io::Result<()> {
    let pairs = std::env::args().find_map(|arg| arg.parse().ok());
    let runtime = Runtime::new()?;
    for load in LOADS {
        let (mut ratios, mut unjudged) = (Vec::new(), 0.0);
        for _ in 0..pairs.unwrap_or(11) {
            let server = runtime.block_on(serve(load))?;
            let plain = runtime.block_on(async { time(plain(server.0).await?, load).await })?;
            let judged = runtime.block_on(async {
                let (address, proxy) = judged(server.0).await?;
                let taken = time((address, tokio::spawn(async {})), load).await?;
                let tally = proxy.await.map_err(io::Error::other)??;
                let sent = &tally.traffic.server;
                let missed: u64 = sent.unjudged.values().sum();
                unjudged += missed as f64 / sent.bytes as f64;
                io::Result::Ok(taken)
            })?;
            server.1.abort();
            ratios.push(judged.as_secs_f64() / plain.as_secs_f64());
        }
        ratios.sort_by(f64::total_cmp);
        println!(
            "{}: {:.2} of the time through a plain proxy (quartiles {:.2} and {:.2}), {:.0}% not judged",
            load.name,
            quantile(&ratios, 0.5),
            quantile(&ratios, 0.25),
            quantile(&ratios, 0.75),
            100.0 * unjudged / ratios.len() as f64
        );
    }
    Ok(())
}

fn quantile(sorted: &[f64], part: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * part) as usize]
}

/// A server that sends the load on each connection.
async fn serve(load: Load) -> io::Result<(SocketAddr, JoinHandle<()>)> {
    let listener = TcpListener::bind(LOCAL).await?;
    let address = listener.local_addr()?;
    let task = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(send(stream, load));
        }
    });
    Ok((address, task))
}

async fn send(mut stream: TcpStream, load: Load) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.read_exact(&mut vec![0; REQUEST.len()]).await?;
    stream.write_all(ANSWER).await?;
    let mut frame = Vec::new();
    FrameHeader::new(Opcode::BINARY, load.payload as u64).write(&mut frame);
    frame.resize(frame.len() + load.payload, b'x');
    let batch = frame.repeat(load.frames);
    for _ in 0..load.batches {
        stream.write_all(&batch).await?;
        if load.paced {
            stream.read_exact(&mut [0; 7]).await?;
        }
    }
    stream.shutdown().await
}

/// The time that a client takes to read the load.
async fn time((address, proxy): (SocketAddr, JoinHandle<()>), load: Load) -> io::Result<Duration> {
    let began = Instant::now();
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    stream.write_all(REQUEST).await?;
    stream.read_exact(&mut vec![0; ANSWER.len()]).await?;
    let mut header = Vec::new();
    FrameHeader::new(Opcode::BINARY, load.payload as u64).write(&mut header);
    let size = header.len() + load.payload;
    let mut buffer = vec![0; 64 << 10];
    let mut left = size * load.frames * load.batches;
    while left > 0 {
        if load.paced {
            stream.read_exact(&mut buffer[..size]).await?;
            stream.write_all(b"\x82\x81\x01\x02\x03\x04x").await?;
            left -= size;
        } else {
            let read = stream.read(&mut buffer).await?;
            assert!(read > 0, "{left} bytes are missing");
            left -= read;
        }
    }
    let taken = began.elapsed();
    drop(stream);
    proxy.abort();
    Ok(taken)
}

/// A plain proxy.
async fn plain(server: SocketAddr) -> io::Result<(SocketAddr, JoinHandle<()>)> {
    let listener = TcpListener::bind(LOCAL).await?;
    let address = listener.local_addr()?;
    let task = tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            if let Ok(mut server) = TcpStream::connect(server).await {
                let _ = (client.set_nodelay(true), server.set_nodelay(true));
                let _ = copy_bidirectional(&mut client, &mut server).await;
            }
        }
    });
    Ok((address, task))
}

/// The proxy that judges, for one connection.
async fn judged(
    server: SocketAddr,
) -> io::Result<(SocketAddr, JoinHandle<io::Result<wsspec::referee::Tally>>)> {
    let listener = TcpListener::bind(LOCAL).await?;
    let address = listener.local_addr()?;
    let target = Target::new(&format!("ws://{server}/"), Vec::new()).map_err(io::Error::other)?;
    let limits = Limits {
        max_message: 1 << 20,
        payloads: Payloads::Kept,
    };
    let proxy = Proxy::new(listener.into(), target, limits).most(Some(1));
    let task = tokio::spawn(proxy.run(std::future::pending(), |_| {}));
    Ok((address, task))
}
