//! How streams come about: the peer opens some, we open others.

use quinn::{RecvStream, SendStream};
use tokio::sync::mpsc::UnboundedReceiver;

use super::connection::Message;
use super::stream::{Ends, Handle, Shared};

/// Takes the bidirectional streams that the peer opens.
pub(super) async fn accept_bidirectional(shared: Shared) {
    while let Ok((send, receive)) = shared.connection.accept_bi().await {
        if !accepted(&shared, Some(send), receive).await {
            return;
        }
    }
}

/// Takes the unidirectional streams that the peer opens.
pub(super) async fn accept_unidirectional(shared: Shared) {
    while let Ok(receive) = shared.connection.accept_uni().await {
        if !accepted(&shared, None, receive).await {
            return;
        }
    }
}

async fn accepted(shared: &Shared, send: Option<SendStream>, receive: RecvStream) -> bool {
    let (handle, ends) = Handle::new();
    let message = Message::Accepted(receive.id().into(), handle);
    let interested = shared.arrivals.send(message).await.is_ok();
    if interested {
        shared.run(ends, send, Some(receive));
    }
    interested
}

/// Opens bidirectional streams in the order of their numbers, as soon as the peer allows it.
pub(super) async fn open_bidirectional(shared: Shared, mut wanted: UnboundedReceiver<Ends>) {
    while let Some(ends) = next(&shared, &mut wanted).await {
        let Ok((send, receive)) = shared.connection.open_bi().await else {
            return;
        };
        shared.run(ends, Some(send), Some(receive));
    }
}

/// Opens unidirectional streams in the order of their numbers, as soon as the peer allows it.
pub(super) async fn open_unidirectional(shared: Shared, mut wanted: UnboundedReceiver<Ends>) {
    while let Some(ends) = next(&shared, &mut wanted).await {
        let Ok(send) = shared.connection.open_uni().await else {
            return;
        };
        shared.run(ends, Some(send), None);
    }
}

/// The next stream that we want, or `None` at the end of the connection.
async fn next(shared: &Shared, wanted: &mut UnboundedReceiver<Ends>) -> Option<Ends> {
    tokio::select! {
        ends = wanted.recv() => ends,
        _ = shared.connection.closed() => None,
    }
}
