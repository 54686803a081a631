//! Handshakes between our two sides, over loopback.

use std::net::Ipv4Addr;

use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::{CertificateDer, UnixTime};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use wsspec_vectors::Certificate;

use super::*;
use crate::wire::stream::Stream;

fn trusting(authorities: Authorities, protocols: &[&[u8]]) -> Connector {
    let trust = Trust {
        authorities,
        ..Trust::default()
    };
    Connector::new(&trust, protocols).unwrap()
}

/// Both ends of a connection, or why the client has none.
async fn pair(
    authority: &Authority,
    certificate: Certificate,
    connector: &Connector,
) -> Result<(Stream, Stream), TlsError> {
    let acceptor = Acceptor::new(authority, certificate, &[b"http/1.1"]).unwrap();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let accepting = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        acceptor.accept(stream).await
    });
    let stream = TcpStream::connect(address).await.unwrap();
    let near = connector
        .connect(stream, "127.0.0.1")
        .await
        .map_err(|error| TlsError::of(&error).unwrap())?;
    Ok((near, accepting.await.unwrap().unwrap()))
}

async fn refused(certificate: Certificate) -> Option<TlsError> {
    let authority = Authority::new(&[]).unwrap();
    let connector = trusting(authority.trust().authorities, &[]);
    pair(&authority, certificate, &connector).await.err()
}

#[tokio::test]
async fn each_wrong_certificate_is_refused_for_its_own_reason() {
    use Certificate as C;
    assert_eq!(refused(C::Valid).await, None);
    assert_eq!(refused(C::SelfSigned).await, Some(TlsError::SelfSigned));
    let unknown = Some(TlsError::UnknownAuthority);
    assert_eq!(refused(C::UnknownAuthority).await, unknown);
    assert_eq!(refused(C::IncompleteChain).await, unknown);
    assert_eq!(refused(C::Expired).await, Some(TlsError::Expired));
    assert_eq!(refused(C::NotYetValid).await, Some(TlsError::NotYetValid));
    let wrong = refused(C::WrongName).await;
    assert!(matches!(wrong, Some(TlsError::WrongName(names)) if names == ["another-host.example"]));
}

#[tokio::test]
async fn an_insecure_client_takes_all_of_them() {
    let connector = trusting(Authorities::Anyone, &[]);
    let authority = Authority::new(&[]).unwrap();
    for certificate in [
        Certificate::SelfSigned,
        Certificate::Expired,
        Certificate::WrongName,
    ] {
        assert!(pair(&authority, certificate, &connector).await.is_ok());
    }
}

#[tokio::test]
async fn a_chain_that_was_trusted_vouches_for_no_other_and_for_no_other_name() {
    let authority = Authority::new(&[]).unwrap();
    let connector = trusting(authority.trust().authorities, &[]);
    for _ in 0..2 {
        let trusted = pair(&authority, Certificate::Valid, &connector).await;
        assert!(trusted.is_ok());
    }
    let expired = pair(&authority, Certificate::Expired, &connector).await;
    assert_eq!(expired.err(), Some(TlsError::Expired));
    let chain = authority.issue(Certificate::Valid).unwrap().0;
    assert!(vouches(&connector, &chain, "localhost"));
    assert!(vouches(&connector, &chain, "localhost"));
    assert!(!vouches(&connector, &chain, "another.example"));
}

/// Whether this chain is trusted for a name.
fn vouches(connector: &Connector, chain: &[CertificateDer<'_>], name: &str) -> bool {
    let name = name.to_owned().try_into().unwrap();
    let verifier = connector.verifier();
    let verified = verifier.verify_server_cert(&chain[0], &chain[1..], &name, &[], UnixTime::now());
    verified.is_ok()
}

#[tokio::test]
async fn alpn_is_readable_and_an_end_without_close_notify_is_a_truncation() {
    let authority = Authority::new(&[]).unwrap();
    let connector = trusting(authority.trust().authorities, &[b"http/1.1"]);
    let (mut near, mut far) = pair(&authority, Certificate::Valid, &connector)
        .await
        .unwrap();
    assert_eq!(near.protocol(), Some(&b"http/1.1"[..]));
    near.send(b"hello").await.unwrap();
    let mut buffer = [0; 8];
    assert_eq!(far.read(&mut buffer).await.unwrap(), 5);
    near.truncate().unwrap();
    let error = far.read(&mut buffer).await.unwrap_err();
    assert!(far.is_truncation(&error));
}

#[tokio::test]
async fn a_server_without_tls_is_named() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = Stream::from(stream);
        let _ = stream.send(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        let _ = stream.read(&mut [0; 512]).await;
    });
    let authority = Authority::new(&[]).unwrap();
    let connector = trusting(authority.trust().authorities, &[]);
    let stream = TcpStream::connect(address).await.unwrap();
    let error = connector.connect(stream, "localhost").await.unwrap_err();
    assert_eq!(TlsError::of(&error), Some(TlsError::NotTls));
}
