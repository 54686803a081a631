//! The rules of HTTP/2 on every frame that the target sent.

use wsspec_core::http2::{Scope, Violation as V};
use wsspec_reports::Impact;

/// The requirement that a rule checks.
pub(super) const fn requirement(violation: V) -> &'static str {
    match violation {
        V::PrefaceMissing | V::SettingsNotFirst => "RFC9113-3.4-1",
        V::FrameTooLarge | V::FrameSizeWrong | V::PrioritySizeWrong => "RFC9113-4.2-1",
        V::BlockUndecodable | V::BlockInterrupted | V::BlockTooLarge | V::ContinuationOrphan => {
            "RFC9113-4.3-1"
        }
        V::StreamParity | V::StreamNotNew => "RFC9113-5.1.1-1",
        V::PaddingTooLong => "RFC9113-6.1-1",
        V::WindowExceeded | V::ConnectionWindowExceeded | V::WindowOverflow | V::IncrementZero => {
            "RFC9113-6.9.1-1"
        }
        V::SettingsAckWithPayload
        | V::SettingsAckUnasked
        | V::EnablePushInvalid
        | V::InitialWindowInvalid
        | V::MaxFrameInvalid => "RFC9113-6.5.2-1",
        V::ConnectProtocolInvalid => "RFC8441-3-1",
        V::ConnectProtocolWithdrawn => "RFC8441-3-4",
        V::GoawayGrew => "RFC9113-6.8-1",
        V::PushUnwanted => "RFC9113-8.4-1",
        V::FieldNameInvalid | V::FieldValueInvalid => "RFC9113-8.2.1-1",
        V::FieldOfConnection => "RFC9113-8.2.2-1",
        V::PathEmpty | V::ProtocolWithoutConnect => "RFC8441-4-2",
        V::ConnectMalformed => "RFC9113-8.5-1",
        V::DataBeforeHeaders
        | V::PseudoUnknown
        | V::PseudoRepeated
        | V::PseudoLate
        | V::PseudoMissing
        | V::StatusInvalid
        | V::StatusSwitching => "RFC9113-8.1-1",
        _ => "RFC9113-5.1-1",
    }
}

/// How much a breach matters: one that ends a connection ends every conversation on it.
pub(super) const fn impact(violation: V) -> Impact {
    match violation.scope() {
        Scope::Connection => Impact::Interop,
        Scope::Stream => Impact::Pedantic,
    }
}
