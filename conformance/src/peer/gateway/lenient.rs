//! The rules of HTTP/2 and HTTP/3 that a fault does not check.

use wsspec_core::http2::Violation as V2;
use wsspec_core::http3::Violation as V3;

use super::GatewayFault;
use crate::binding::CarrierRule::{self, H2, H3};

/// Whether a peer with this fault takes what breaks the rule.
pub(super) fn takes(fault: GatewayFault, rule: CarrierRule) -> bool {
    match fault {
        GatewayFault::FieldsUnchecked => matches!(
            rule,
            H2(V2::FieldNameUppercase
                | V2::FieldNameInvalid
                | V2::FieldOfTheConnection
                | V2::TeInvalid
                | V2::PseudoLate
                | V2::PseudoRepeated
                | V2::PseudoUnknown
                | V2::PseudoOfTheOther)
                | H3(V3::FieldNameUppercase
                    | V3::FieldNameInvalid
                    | V3::FieldOfTheConnection
                    | V3::TeInvalid
                    | V3::PseudoLate
                    | V3::PseudoRepeated
                    | V3::PseudoUnknown
                    | V3::PseudoOfTheOther)
        ),
        GatewayFault::PathUnchecked => matches!(
            rule,
            H2(V2::PathMissing | V2::SchemeMissing | V2::ConnectWithoutTarget)
                | H3(V3::PathMissing | V3::SchemeMissing | V3::ConnectWithoutTarget)
        ),
        GatewayFault::AnyMethod => matches!(
            rule,
            H2(V2::ProtocolWithoutConnect) | H3(V3::ProtocolWithoutConnect)
        ),
        GatewayFault::AnyProtocol => matches!(
            rule,
            H2(V2::ConnectWithTarget | V2::ConnectWithoutAuthority)
                | H3(V3::ConnectWithTarget | V3::ConnectWithoutAuthority)
        ),
        GatewayFault::TakesSettingOfTwo => matches!(
            rule,
            H2(V2::ConnectProtocolNotBoolean) | H3(V3::ConnectProtocolNotBoolean)
        ),
        GatewayFault::TakesMalformedAnswer => matches!(
            rule,
            H2(V2::FieldNameUppercase | V2::FieldNameInvalid | V2::FieldOfTheConnection)
                | H3(V3::FieldNameUppercase | V3::FieldNameInvalid | V3::FieldOfTheConnection)
        ),
        GatewayFault::Demands101 | GatewayFault::TakesAnyStatus => {
            matches!(rule, H2(V2::Status101) | H3(V3::Status101))
        }
        _ => false,
    }
}
