//! The reference peer over QUIC.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::time::timeout;

use super::gateway::Carried;
use super::tcp::{DRAIN, IDLE, TICK};
use crate::wire::Arrival;
use crate::wire::quic::{Channels, Connection};

/// Carries on all conversations of a connection until it is over.
pub(super) async fn converse(connection: Connection, mut peer: Carried, dead: &AtomicBool) {
    let mut channels = Channels::new(connection);
    loop {
        for (channel, action) in peer.take_output() {
            channels.act(channel, action);
        }
        if peer.wants_end() {
            break;
        }
        let delayed = peer.has_delayed_output();
        let wait = if delayed { TICK } else { IDLE };
        match timeout(wait, channels.next()).await {
            Ok(Arrival::Bytes(channel, bytes)) => peer.receive(channel, &bytes),
            Ok(Arrival::End(channel, end)) => peer.ended(channel, end),
            Ok(Arrival::Stopped(channel, code)) => peer.stopped(channel, code),
            Ok(Arrival::Tls(..) | Arrival::Nothing) => {}
            Err(_) if delayed => peer.tick(),
            Err(_) => return,
        }
        dead.fetch_or(!peer.serves_others(), Ordering::Relaxed);
    }
    channels.end(DRAIN).await;
}
