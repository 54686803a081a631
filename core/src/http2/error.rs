//! Error codes of HTTP/2 (RFC 9113 §7).

use crate::http_tables::error_codes;

/// The code of RST_STREAM or GOAWAY: any number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ErrorCode(pub u32);

error_codes! {
    NO_ERROR "NO_ERROR" 0x00;
    PROTOCOL_ERROR "PROTOCOL_ERROR" 0x01;
    INTERNAL_ERROR "INTERNAL_ERROR" 0x02;
    FLOW_CONTROL_ERROR "FLOW_CONTROL_ERROR" 0x03;
    SETTINGS_TIMEOUT "SETTINGS_TIMEOUT" 0x04;
    STREAM_CLOSED "STREAM_CLOSED" 0x05;
    FRAME_SIZE_ERROR "FRAME_SIZE_ERROR" 0x06;
    REFUSED_STREAM "REFUSED_STREAM" 0x07;
    CANCEL "CANCEL" 0x08;
    COMPRESSION_ERROR "COMPRESSION_ERROR" 0x09;
    CONNECT_ERROR "CONNECT_ERROR" 0x0a;
    ENHANCE_YOUR_CALM "ENHANCE_YOUR_CALM" 0x0b;
    INADEQUATE_SECURITY "INADEQUATE_SECURITY" 0x0c;
    HTTP_1_1_REQUIRED "HTTP_1_1_REQUIRED" 0x0d;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back() {
        for (number, code) in (0..).zip(ErrorCode::NAMED) {
            assert_eq!(code.0, number);
            assert_eq!(code.name().and_then(ErrorCode::from_name), Some(*code));
        }
        assert_eq!(ErrorCode(0x21).name(), None);
        assert_eq!(ErrorCode(0x21).to_string(), "0x21");
    }
}
