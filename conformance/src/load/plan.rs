//! What is sent.

use std::time::Duration;

use wsspec_core::frame::MessageKind;

/// A load.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Connections at the same time.
    pub connections: u32,
    /// Connections that share one of HTTP/2 or HTTP/3, at most; at least 1.
    pub streams: u32,
    /// Messages of a connection that may wait for their echo; at least 1.
    pub in_flight: u32,
    /// Bytes of a message.
    pub size: usize,
    /// Text or binary.
    pub kind: MessageKind,
    /// Messages a second, of all connections together; as many as come back without.
    pub rate: Option<f64>,
    /// Most messages of a connection.
    pub messages: Option<u64>,
    /// Whether permessage-deflate is offered.
    pub deflate: bool,
    /// How long messages are sent, from the time at which all connections are open.
    pub time: Duration,
}

impl Default for Plan {
    fn default() -> Plan {
        Plan {
            connections: 100,
            streams: 100,
            in_flight: 1,
            size: 125,
            kind: MessageKind::Text,
            rate: None,
            messages: None,
            deflate: false,
            time: Duration::from_secs(10),
        }
    }
}

impl Plan {
    /// When the `number`th message of a connection is due, after the beginning. Without a rate, at once.
    pub(super) fn due(&self, connection: u32, number: u64) -> Duration {
        let Some(rate) = self.rate else {
            return Duration::ZERO;
        };
        // The connections take turns.
        let turn = f64::from(self.connections) * number as f64 + f64::from(connection);
        Duration::try_from_secs_f64(turn / rate).unwrap_or(Duration::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_take_turns_at_the_rate() {
        let plan = Plan {
            connections: 4,
            rate: Some(2.0),
            ..Plan::default()
        };
        let due = |connection, number| plan.due(connection, number).as_millis();
        assert_eq!(
            [due(0, 0), due(1, 0), due(3, 0), due(0, 1)],
            [0, 500, 1500, 2000]
        );
        assert_eq!(Plan::default().due(9, 9), Duration::ZERO);
    }
}
