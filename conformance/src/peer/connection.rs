//! One end of a connection, sans-I/O: endpoint, application, and the layers between the endpoint
//! and the wire.

use wsspec_core::endpoint::Endpoint;
use wsspec_core::violation::ViolationSet;
use wsspec_vectors::Tell;

use super::application::{App, AppFault};
use super::mutators::Mutator;
use super::output::FaultyOutput;
use super::variants::VariantApplication;

/// One end of a connection. Bytes from the wire go in through [`receive`](Self::receive); bytes
/// for the wire come out of [`take_output`](Self::take_output).
#[derive(Debug)]
pub struct PeerConnection {
    endpoint: Endpoint,
    app: App,
    layers: Layers,
    /// The other side reset the connection.
    reset: bool,
    /// The other side ended the transport before the closing handshake was done.
    cut: bool,
    output: Vec<u8>,
}

/// What changes the bytes between the endpoint and the wire.
#[derive(Debug)]
pub(super) struct Layers {
    /// Takes the place of the application, and edits what the endpoint sends.
    pub(super) variant: Option<VariantApplication>,
    pub(super) faulty_output: Option<FaultyOutput>,
    pub(super) mutator: Option<Mutator>,
    /// Refuses openings of pages of other origins; it reads what `mutator` makes of them.
    pub(super) guard: Option<Mutator>,
}

impl PeerConnection {
    pub(super) fn new(endpoint: Endpoint, app: App, layers: Layers) -> PeerConnection {
        let mut connection = PeerConnection {
            endpoint,
            app,
            layers,
            reset: false,
            cut: false,
            output: Vec::new(),
        };
        // A client has its request to send.
        connection.respond();
        connection
    }

    /// Takes bytes that the other side sent.
    pub fn receive(&mut self, bytes: &mut [u8]) {
        if self.app.fault == AppFault::Hangs {
            return;
        }
        let Layers { mutator, guard, .. } = &mut self.layers;
        let filters = [mutator, guard].into_iter().flatten();
        let mut read: Option<Vec<u8>> = None;
        for filter in filters {
            read = Some(filter.incoming(read.as_deref().unwrap_or(bytes)));
        }
        match &mut read {
            Some(read) => self.read(read),
            None => self.read(bytes),
        }
    }

    fn read(&mut self, bytes: &mut [u8]) {
        match &mut self.layers.faulty_output {
            Some(faulty) => faulty.receive(&mut self.endpoint, bytes),
            None => self.endpoint.receive(bytes),
        }
        self.respond();
    }

    /// Notes that the other side ended the transport.
    pub fn receive_end(&mut self) {
        self.cut |= !self.wants_end();
        self.endpoint.receive_end();
        self.respond();
    }

    /// Notes that the other side reset the connection.
    pub fn receive_reset(&mut self) {
        self.reset = true;
        self.endpoint.receive_end();
        self.respond();
    }

    /// Gives the application an instruction.
    pub fn tell(&mut self, tell: &Tell) {
        self.app.obey(tell, &mut self.endpoint);
        self.respond();
    }

    /// Whether the peer still serves other connections after what happened on this one.
    pub fn serves_others(&self) -> bool {
        self.app.survives(self.reset, self.cut)
    }

    /// Takes the bytes to send.
    pub fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.output)
    }

    /// Whether the transport should be ended once all output is sent.
    pub fn wants_end(&self) -> bool {
        let variant = self.layers.variant.as_ref();
        let wanted = self.endpoint.wants_end() || variant.is_some_and(|v| v.ends(&self.endpoint));
        self.layers
            .mutator
            .as_ref()
            .map_or(wanted, |mutator| mutator.ends(wanted))
    }

    /// Whether it has output that it sends as time passes; see [`tick`](Self::tick).
    pub fn has_delayed_output(&self) -> bool {
        match &self.layers.variant {
            Some(variant) => variant.has_delayed_output(&self.endpoint),
            None => self.app.has_delayed_output(&self.endpoint),
        }
    }

    /// Lets a short time pass, after which some of the delayed output is ready.
    pub fn tick(&mut self) {
        match &mut self.layers.variant {
            Some(variant) => variant.tick(&mut self.endpoint),
            None => self.app.tick(&mut self.endpoint),
        }
        self.respond();
    }

    /// The violations seen so far.
    pub(super) fn violations(&self) -> ViolationSet {
        self.app.violations
    }

    /// Lets the application handle what happened, and collects the output.
    fn respond(&mut self) {
        match &mut self.layers.variant {
            Some(variant) => variant.drive(&mut self.endpoint),
            None => self.app.drive(&mut self.endpoint),
        }
        let mut bytes = self.endpoint.take_output();
        if let Some(faulty) = &mut self.layers.faulty_output {
            bytes = faulty.outgoing(self.endpoint.role(), bytes);
        }
        if let Some(variant) = &mut self.layers.variant {
            bytes = variant.outgoing(bytes);
        }
        if self.app.fault == AppFault::Hangs {
            return;
        }
        match &mut self.layers.mutator {
            Some(mutator) => self.output.append(&mut mutator.outgoing(&bytes)),
            // The echo of a large message is not copied once more.
            None if self.output.is_empty() => self.output = bytes,
            None => self.output.extend(bytes),
        }
    }
}
