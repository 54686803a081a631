//! Faults below the streams: frames that no method of an engine sends.

use wsspec_core::http2::frame as h2;
use wsspec_core::http3::{frame as h3, settings};

use super::link::Link;
use super::{Gateway, GatewayFault};
use crate::binding::carrier::ENABLE_CONNECT_PROTOCOL;

/// The type of a control stream of HTTP/3 (RFC 9114 §6.2.1).
const CONTROL: u8 = 0x00;

/// SETTINGS_MAX_CONCURRENT_STREAMS of HTTP/2 (RFC 9113 §6.5.2).
const MAX_CONCURRENT_STREAMS: u64 = 0x3;

/// The instruction of a QPACK encoder to have a table of 100 bytes (RFC 9204 §4.3.1).
const TABLE_OF_100_BYTES: [u8; 2] = [0x3f, 100 - 31];

/// Begins the connection with these settings.
pub(super) fn begin(gateway: &mut Gateway, settings: &[(u64, u64)]) {
    match (gateway.fault, &mut gateway.link) {
        (
            Some(GatewayFault::SettingsNotFirst),
            Link::H3 {
                connection,
                control,
                ..
            },
        ) => {
            let stream = connection.open_unidirectional();
            connection.raw(stream, vec![CONTROL]);
            connection.frame(stream, h3::grease(1), b"");
            connection.frame(stream, h3::SETTINGS, &settings::write(settings));
            *control = Some(stream);
        }
        (Some(GatewayFault::SettingOfHttp2), link) => {
            let more = (MAX_CONCURRENT_STREAMS, 100);
            link.begin(&[settings, &[more]].concat());
        }
        (Some(GatewayFault::EncoderInserts), link) => {
            link.begin(settings);
            if let Link::H3 {
                connection,
                encoder: Some(encoder),
                ..
            } = link
            {
                connection.raw(*encoder, TABLE_OF_100_BYTES.to_vec());
            }
        }
        (_, link) => link.begin(settings),
    }
}

/// What some faults do once this stream is answered.
pub(super) fn after_answer(gateway: &mut Gateway, id: u64) {
    match (gateway.fault, &mut gateway.link) {
        (Some(GatewayFault::Withdrawn), link) => link.settings(&[(ENABLE_CONNECT_PROTOCOL, 0)]),
        (Some(GatewayFault::FrameOnIdleStream), Link::H2 { connection, .. }) => {
            connection.raw(h2::WINDOW_UPDATE, 0, 999, &[0, 0, 0, 1]);
        }
        (Some(GatewayFault::ResetOfStreamZero), Link::H2 { connection, .. }) => {
            connection.raw(h2::RST_STREAM, 0, 0, &[0; 4]);
        }
        (
            Some(GatewayFault::ControlStreamEnded),
            Link::H3 {
                connection,
                control: Some(control),
                ..
            },
        ) => connection.finish(*control),
        (Some(GatewayFault::SecondControlStream), Link::H3 { connection, .. }) => {
            connection.start(&[]);
        }
        (Some(GatewayFault::OpensBidirectional), Link::H3 { connection, .. }) => {
            let stream = connection.open_bidirectional();
            connection.data(stream, b"unasked");
        }
        (Some(GatewayFault::FieldsInTunnel), link) => {
            link.fields(id, &[(b"x-late".to_vec(), b"1".to_vec())], false);
        }
        _ => {}
    }
}

/// Ends our direction of a stream.
pub(super) fn end(gateway: &mut Gateway, id: u64) {
    match (gateway.fault, &mut gateway.link) {
        (Some(GatewayFault::DataAfterEnd), Link::H2 { connection, .. }) => {
            connection.finish(id as u32);
            connection.raw(h2::DATA, 0, id as u32, b"late");
        }
        (Some(GatewayFault::EndOvertakesData), Link::H2 { connection, .. }) => {
            connection.raw(h2::DATA, h2::END_STREAM, id as u32, &[]);
        }
        (Some(GatewayFault::EndsWithinFrame), Link::H3 { connection, .. }) => {
            let mut head = Vec::new();
            h3::write_head(h3::DATA, 10, &mut head);
            connection.raw(id, head);
            connection.finish(id);
        }
        (_, link) => link.finish(id),
    }
}
