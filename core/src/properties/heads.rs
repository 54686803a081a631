//! Checks the heads that an endpoint sends.

use super::endpoints::parameters;
use crate::endpoint::Event;
use crate::handshake::{Extension, HeadReader, Offered};
use crate::violation::Violation;

/// Takes the request of a client from the front of its output. Returns `true`.
pub(super) fn check_request(output: &mut &[u8]) -> bool {
    let mut head = HeadReader::request();
    assert_eq!(head.read(output), Ok(true));
    assert_eq!(head.parse_request().expect("own request").violations(), []);
    true
}

/// Takes the response from the front. Returns `false` if it refuses.
pub(super) fn check_response(output: &mut &[u8], first: Option<&Event>) -> bool {
    let mut head = HeadReader::response();
    assert_eq!(head.read(output), Ok(true));
    let response = head.parse_response().expect("own response");
    let Some(Event::Opened(opened)) = first else {
        assert!((400..500).contains(&response.status), "{response:?}");
        assert_eq!(
            response.fields.get("content-length"),
            Some(&*output.len().to_string())
        );
        return false;
    };
    assert_eq!(
        response.fields.get("sec-websocket-accept"),
        Some(&*opened.accept)
    );
    let extensions = [Extension::from(parameters(0))];
    let offered = Offered {
        key: "",
        subprotocols: &opened.offered,
        extensions: &extensions,
    };
    let others = response
        .violations(&offered)
        .into_iter()
        .filter(|v| *v != Violation::DeflateParameterUnoffered);
    assert!(others.eq([Violation::AcceptWrong]), "with another key");
    true
}
