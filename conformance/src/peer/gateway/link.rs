//! HTTP/2 or HTTP/3, as a gateway uses either.

use wsspec_core::http2::{self, Auto, FrameReader, PREFACE, frame as h2_frame};
use wsspec_core::http3;
use wsspec_core::{Role, http2::Field};
use wsspec_reports::Transport;

use super::GatewayFault;
use crate::binding::carrier::OnChannel;
use crate::binding::http3::{on_channels, stream_of};
use crate::binding::{Breach, CarrierRule, EndOfStream, ErrorNumber};
use crate::exchange::WireAction;

/// The only channel of HTTP/2.
const CHANNEL: u32 = 1;

/// What the other side did.
#[derive(Debug)]
pub(super) enum Event {
    /// It announced these settings.
    Settings(Vec<(u64, u64)>),
    /// Fields came on a stream, and over HTTP/2 perhaps its end with them.
    Fields {
        stream: u64,
        fields: Vec<Field>,
        end: bool,
    },
    /// Content came on a stream, or its end.
    Content {
        stream: u64,
        bytes: Vec<u8>,
        end: bool,
    },
    /// A stream was reset.
    Reset(u64),
    /// The connection is over, with an error.
    Lost,
    /// It will take no further streams.
    Leaving,
    /// Over HTTP/2, the window of this stream grew.
    Credit(u64),
    /// A rule was broken.
    Broke(Breach),
}

/// Why a stream or a connection is ended.
#[derive(Debug, Clone, Copy)]
pub(super) enum Why {
    /// There is no error.
    NoError,
    /// The other side broke a rule of the protocol.
    Protocol,
    /// Something is wrong on this side.
    Internal,
    /// For this rule.
    Broke(CarrierRule),
}

/// How far it reaches that a rule is broken.
pub(super) enum Reach {
    Nothing,
    Stream,
    Connection,
}

/// The engine of a connection.
#[derive(Debug)]
pub(super) enum Link {
    H2 {
        connection: Box<http2::Connection>,
        /// Takes padding for content.
        padding: Option<FrameReader>,
    },
    H3 {
        connection: Box<http3::Connection>,
        /// Our control stream, once it is open.
        control: Option<u64>,
        /// Our stream of the QPACK encoder, once it is open.
        encoder: Option<u64>,
    },
}

impl Link {
    /// An end of this role over this transport.
    pub(super) fn new(role: Role, over: Transport, fault: Option<GatewayFault>) -> Link {
        if over == Transport::H3 {
            return Link::H3 {
                connection: Box::new(http3::Connection::new(role, http3::Options::default())),
                control: None,
                encoder: None,
            };
        }
        let usual = http2::Options::default();
        let options = http2::Options {
            auto: Auto {
                window_credit: fault != Some(GatewayFault::WindowNeverOpened),
                ..usual.auto
            },
            ..usual
        };
        let delivers_padding = fault == Some(GatewayFault::PaddingDelivered);
        Link::H2 {
            connection: Box::new(http2::Connection::new(role, options)),
            padding: delivers_padding.then(|| FrameReader::new(role == Role::Server)),
        }
    }

    /// Begins the connection with these settings.
    pub(super) fn begin(&mut self, settings: &[(u64, u64)]) {
        match self {
            Link::H2 { connection, .. } => connection.preface(),
            Link::H3 {
                connection,
                encoder,
                ..
            } => *encoder = Some(connection.start_qpack()),
        }
        self.settings(settings);
    }

    /// Announces settings. Over HTTP/3 that may be done once.
    pub(super) fn settings(&mut self, settings: &[(u64, u64)]) {
        match self {
            Link::H2 { connection, .. } => {
                let settings: Vec<(u16, u32)> = settings
                    .iter()
                    .map(|(id, value)| (*id as u16, *value as u32))
                    .collect();
                connection.settings(&settings);
            }
            Link::H3 {
                connection,
                control: Some(control),
                ..
            } => {
                let payload = http3::settings::write(settings);
                connection.frame(*control, http3::frame::SETTINGS, &payload);
            }
            Link::H3 {
                connection,
                control,
                ..
            } => *control = Some(connection.start(settings)),
        }
    }

    /// The number of a stream that a client opens.
    pub(super) fn next_stream(&mut self) -> u64 {
        match self {
            Link::H2 { connection, .. } => u64::from(connection.next_stream()),
            Link::H3 { connection, .. } => connection.open_bidirectional(),
        }
    }

    /// Sends fields; with `end`, nothing follows.
    pub(super) fn fields(&mut self, stream: u64, fields: &[Field], end: bool) {
        match self {
            Link::H2 { connection, .. } => connection.headers(stream as u32, fields, end),
            Link::H3 { connection, .. } => {
                connection.headers(stream, fields);
                if end {
                    connection.finish(stream);
                }
            }
        }
    }

    /// Sends content.
    pub(super) fn content(&mut self, stream: u64, bytes: Vec<u8>) {
        match self {
            Link::H2 { connection, .. } => connection.data(stream as u32, bytes, None),
            Link::H3 { connection, .. } => connection.data(stream, &bytes),
        }
    }

    /// Whether something waits for a window of this stream. The wire keeps it over HTTP/3.
    pub(super) fn is_waiting(&self, stream: u64) -> bool {
        match self {
            Link::H2 { connection, .. } => connection.queued(stream as u32),
            Link::H3 { .. } => false,
        }
    }

    /// Ends our direction of a stream.
    pub(super) fn finish(&mut self, stream: u64) {
        match self {
            Link::H2 { connection, .. } => connection.finish(stream as u32),
            Link::H3 { connection, .. } => connection.finish(stream),
        }
    }

    /// Resets a stream, over HTTP/3 in both directions.
    pub(super) fn reset(&mut self, stream: u64, why: Why) {
        match self {
            Link::H2 { connection, .. } => connection.reset(stream as u32, of_http2(why)),
            Link::H3 { connection, .. } => {
                let code = match why {
                    Why::Protocol => http3::ErrorCode::MESSAGE_ERROR,
                    _ => of_http3(why),
                };
                connection.reset(stream, code);
                connection.stop(stream, code);
            }
        }
    }

    /// Ends the whole connection; `last` is the last stream of the other side.
    pub(super) fn abort(&mut self, last: u64, why: Why) {
        match self {
            Link::H2 { connection, .. } => connection.goaway(last as u32, of_http2(why)),
            Link::H3 { connection, .. } => connection.close(of_http3(why)),
        }
    }

    /// Takes bytes of a channel.
    pub(super) fn receive(&mut self, channel: u32, bytes: &[u8]) -> Vec<Event> {
        match self {
            Link::H2 {
                connection,
                padding,
            } => {
                let events = match padding {
                    Some(frames) => connection.receive(&with_padding(frames, bytes)),
                    None => connection.receive(bytes),
                };
                events.into_iter().filter_map(from_http2).collect()
            }
            Link::H3 { connection, .. } => {
                let Some(stream) = stream_of(channel) else {
                    return Vec::new();
                };
                let events = connection.receive(stream, bytes, false);
                events.into_iter().filter_map(from_http3).collect()
            }
        }
    }

    /// Takes the end of a channel of HTTP/3.
    pub(super) fn ended(&mut self, channel: u32, end: EndOfStream) -> Vec<Event> {
        let (Link::H3 { connection, .. }, Some(stream)) = (self, stream_of(channel)) else {
            return Vec::new();
        };
        let events = match end {
            EndOfStream::Cancelled(ErrorNumber { code, .. }) => {
                connection.was_reset(stream, http3::ErrorCode(code))
            }
            _ => connection.receive(stream, &[], true),
        };
        events.into_iter().filter_map(from_http3).collect()
    }

    /// Takes that the other side wants no more on a channel of HTTP/3.
    pub(super) fn stopped(&mut self, channel: u32, code: ErrorNumber) -> Vec<Event> {
        let (Link::H3 { connection, .. }, Some(stream)) = (self, stream_of(channel)) else {
            return Vec::new();
        };
        let code = http3::ErrorCode(code.code);
        // RFC 9000 §3.5.
        connection.reset(stream, code);
        let events = connection.was_stopped(stream, code);
        events.into_iter().filter_map(from_http3).collect()
    }

    /// Takes what is to be done on the channels.
    pub(super) fn output(&mut self) -> Vec<OnChannel> {
        match self {
            Link::H2 { connection, .. } => {
                let bytes = connection.output();
                let write = (!bytes.is_empty()).then_some((CHANNEL, WireAction::Write(bytes)));
                write.into_iter().collect()
            }
            Link::H3 { connection, .. } => on_channels(connection.output()),
        }
    }
}

fn from_http2(event: http2::Event) -> Option<Event> {
    Some(match event {
        http2::Event::Settings(announced) => Event::Settings(
            announced
                .into_iter()
                .map(|(id, value)| (u64::from(id), u64::from(value)))
                .collect(),
        ),
        http2::Event::Headers {
            stream,
            fields,
            end,
        } => Event::Fields {
            stream: u64::from(stream),
            fields,
            end,
        },
        http2::Event::Data { stream, bytes, end } => Event::Content {
            stream: u64::from(stream),
            bytes,
            end,
        },
        http2::Event::Reset { stream, .. } => Event::Reset(u64::from(stream)),
        http2::Event::GoAway { code, .. } if code != http2::ErrorCode::NO_ERROR => Event::Lost,
        http2::Event::Violation(found) => Event::Broke(found.into()),
        http2::Event::GoAway { .. } => Event::Leaving,
        http2::Event::WindowUpdate { stream, .. } => Event::Credit(u64::from(stream)),
        http2::Event::SettingsAck | http2::Event::Ping { .. } | http2::Event::Broken => {
            return None;
        }
    })
}

fn from_http3(event: http3::Event) -> Option<Event> {
    Some(match event {
        http3::Event::Settings(announced) => Event::Settings(announced),
        http3::Event::Headers { stream, fields } => Event::Fields {
            stream,
            fields,
            end: false,
        },
        http3::Event::Data { stream, bytes } => Event::Content {
            stream,
            bytes,
            end: false,
        },
        http3::Event::End { stream } => Event::Content {
            stream,
            bytes: Vec::new(),
            end: true,
        },
        http3::Event::Reset { stream, .. } => Event::Reset(stream),
        http3::Event::Violation(found) => Event::Broke(found.into()),
        // It was reset in answer.
        http3::Event::Stopped { stream, .. } => Event::Reset(stream),
        http3::Event::GoAway { .. } => Event::Leaving,
        http3::Event::Skipped { .. } | http3::Event::Broken => return None,
    })
}

fn of_http2(why: Why) -> http2::ErrorCode {
    match why {
        Why::NoError => http2::ErrorCode::NO_ERROR,
        Why::Broke(CarrierRule::H2(violation)) => violation.code(),
        Why::Protocol | Why::Broke(CarrierRule::H3(_)) => http2::ErrorCode::PROTOCOL_ERROR,
        Why::Internal => http2::ErrorCode::INTERNAL_ERROR,
    }
}

fn of_http3(why: Why) -> http3::ErrorCode {
    match why {
        Why::NoError => http3::ErrorCode::NO_ERROR,
        Why::Broke(CarrierRule::H3(violation)) => violation.code(),
        Why::Protocol | Why::Broke(CarrierRule::H2(_)) => http3::ErrorCode::GENERAL_PROTOCOL_ERROR,
        Why::Internal => http3::ErrorCode::INTERNAL_ERROR,
    }
}

/// How far it reaches that this rule is broken.
pub(super) const fn reach(rule: CarrierRule) -> Reach {
    match rule {
        CarrierRule::H2(violation) => match violation.scope() {
            http2::Scope::Nothing => Reach::Nothing,
            http2::Scope::Stream => Reach::Stream,
            http2::Scope::Connection => Reach::Connection,
        },
        CarrierRule::H3(violation) => match violation.scope() {
            http3::Scope::Stream => Reach::Stream,
            http3::Scope::Connection => Reach::Connection,
        },
    }
}

/// The frames of a client as one reads them who does not know padding.
fn with_padding(frames: &mut FrameReader, bytes: &[u8]) -> Vec<u8> {
    let before = frames.offset();
    let read = frames.frames(bytes);
    let mut seen = Vec::new();
    if before < PREFACE.len() as u64 {
        seen.extend_from_slice(&PREFACE[before as usize..]);
    }
    for mut frame in read {
        if frame.head.kind == h2_frame::DATA {
            frame.head.flags &= !h2_frame::PADDED;
        }
        seen.extend(frame.head.write());
        seen.extend(frame.payload);
    }
    seen
}
