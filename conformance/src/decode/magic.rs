//! Files that are none of ours, by what they begin with.

/// What a file of another format begins with, and what it is. None of these is how a connection
/// begins: as frames, each breaks a rule in its first bytes, or goes on as no frame would.
const FOREIGN: &[(&[u8], &str)] = &[
    (b"\x1f\x8b\x08", "compressed by gzip (gunzip it first)"),
    (b"\x28\xb5\x2f\xfd", "compressed by zstd (unzstd it first)"),
    (b"BZh91AY&SY", "compressed by bzip2 (bunzip2 it first)"),
    (b"\xfd7zXZ\x00", "compressed by xz (unxz it first)"),
    (b"PK\x03\x04", "a ZIP archive (unzip it first)"),
    (
        b"\x89PNG\r\n\x1a\n",
        "a PNG image; copy the bytes as text instead",
    ),
    (
        b"\xff\xd8\xff",
        "a JPEG image; copy the bytes as text instead",
    ),
    (b"%PDF-", "a PDF file; copy the bytes as text instead"),
    (b"\x7fELF", "a program (ELF)"),
    (
        b"snoop\0\0\0",
        "a capture of snoop; convert it to pcap (editcap -F pcap)",
    ),
    (b"\x16\x03\x00", TLS),
    (b"\x16\x03\x01", TLS),
    (b"\x16\x03\x02", TLS),
    (b"\x16\x03\x03", TLS),
    (b"\x17\x03\x03", TLS),
];

const TLS: &str =
    "encrypted by TLS; capture what is inside (curl --trace, SSLKEYLOGFILE with Wireshark)";

/// What the input is, if it is a file, or a stream of another protocol, that is not read.
pub fn foreign(input: &[u8]) -> Option<&'static str> {
    let (_, format) = FOREIGN.iter().find(|(magic, _)| input.starts_with(magic))?;
    Some(format)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ping_is_no_picture() {
        assert!(foreign(b"\x89PNG\r\n\x1a\n....").is_some());
        assert!(foreign(b"\x89PNG").is_none());
        assert!(foreign(b"\x81\x05Hello").is_none());
    }
}
