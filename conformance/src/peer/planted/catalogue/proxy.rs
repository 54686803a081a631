//! What only a client of a proxy can do wrong.

use wsspec_reports::Verdict;

use super::super::builders::through_proxy;
use super::super::fault::PlantedFault;
use crate::peer::proxied::ProxyFault as P;

/// The rows.
#[rustfmt::skip]
pub(super) const ROWS: &[PlantedFault] = &[
    through_proxy("proxy-ignored", P::IgnoresProxy, "as a client, does not use the configured proxy").worst(Verdict::NonStrict)
        .meant("client.proxy.tunnel-*"),
    through_proxy("proxy-asked-for-url", P::AsksForUrl, "as a client, asks its proxy for the URL instead of a tunnel").worst(Verdict::NonStrict)
        .meant("client.proxy.tunnel-*"),
    through_proxy("tunnel-without-port", P::LeavesOutPort, "as a client, asks its proxy for a tunnel to a host without a port").worst(Verdict::NonStrict)
        .meant("client.proxy.tunnel-*"),
    through_proxy("tunnel-to-whole-url", P::SendsWholeUrl, "as a client, tells its proxy the whole URL in the CONNECT").worst(Verdict::NonStrict)
        .meant("client.proxy.tunnel-*"),
    through_proxy("tunnel-host-of-proxy", P::NamesProxy, "as a client, names its proxy in the Host field of the CONNECT").worst(Verdict::NonStrict)
        .meant("client.proxy.tunnel-host"),
    through_proxy("proxy-refusal-taken", P::TakesAnyStatus, "as a client, opens the WebSocket after its proxy has refused the tunnel")
        .meant("client.proxy.refused-*"),
    through_proxy("proxy-garbage-taken", P::TakesGarbage, "as a client, opens the WebSocket after bytes of its proxy that are no HTTP")
        .meant("client.proxy.refused-garbage"),
    through_proxy("proxy-end-ignored", P::GoesOnAfterEnd, "as a client, connects without its proxy when that ends the connection")
        .meant("client.proxy.refused-end"),
    through_proxy("tunnel-waits-for-content", P::WaitsForContent, "as a client, waits for the content that the answer to its CONNECT announces").worst(Verdict::NonStrict)
        .meant("client.proxy.tunnel-*length"),
    through_proxy("tunnel-in-clear-text", P::ClearTextInTunnel, "as a client, opens a wss URL in clear text inside the tunnel")
        .meant("client.proxy.tunnel-then-tls"),
    through_proxy("tunnel-drops-early-bytes", P::DropsEarlyBytes, "as a client, drops what comes through the tunnel together with the answer to its CONNECT").worst(Verdict::Informational)
        .meant("client.proxy.tunnel-garbage"),
];
