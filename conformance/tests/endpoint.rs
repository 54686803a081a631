//! What is no WebSocket server, or none at this path, is said to be that: nothing is judged.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use wsspec::run::{self, Options, Subject, Target};
use wsspec_reports::{Answered, Ending, Hint, TargetReport};
use wsspec_vectors::Corpus;

/// Serves each connection with `serve`, and returns the URL.
fn server(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    thread::spawn(move || listener.incoming().flatten().for_each(serve));
    url
}

/// The request, until its blank line.
fn request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n| n == 1) {
        bytes.extend(byte);
    }
    String::from_utf8(bytes).unwrap()
}

/// Answers every request with this, in two writes.
fn answering(head: &'static str, body: &'static str) -> String {
    server(move |mut stream| {
        request(&mut stream);
        let _ = stream.write_all(head.as_bytes());
        thread::sleep(Duration::from_millis(5));
        let _ = stream.write_all(body.as_bytes());
    })
}

async fn test(url: &str) -> TargetReport {
    let corpus = Corpus::embedded().unwrap();
    let subject = Subject::Server(Target::new(url, Vec::new()).unwrap());
    let options = Options {
        timeout: Duration::from_secs(1),
        ..Options::default()
    };
    let never = std::future::pending();
    let openings = corpus
        .cases
        .iter()
        .filter(|case| case.id.starts_with("handshake.accept"));
    let openings: Vec<_> = openings.cloned().collect();
    run::run(&openings, &subject, &options, never, |_| ()).await
}

/// Nothing is judged; what answered, what it said, and the hint.
async fn answer(url: &str) -> (Answered, String, Option<Hint>) {
    let report = test(url).await;
    assert!(report.cases.is_empty());
    assert!(matches!(report.ended, Ending::NoEndpoint(_)));
    let answer = report.probe.answer.unwrap();
    (answer.what, answer.said, answer.hint)
}

#[tokio::test]
async fn a_mail_server_is_no_http_server() {
    let url = server(|mut stream| {
        let _ = stream.write_all(b"220 mail ready\r\n");
        let _ = stream.read(&mut [0; 4096]);
    });
    assert_eq!(
        answer(&url).await,
        (Answered::NotHttp, "220 mail ready\\r\\n".into(), None)
    );
}

#[tokio::test]
async fn a_login_is_told_by_its_status_line_and_body() {
    let url = answering(
        "HTTP/1.1 401 Unauthorized\r\nContent-Length: 9\r\n\r\n",
        "Who's it?",
    );
    let refusal = Answered::Refusal {
        status: 401,
        line: "HTTP/1.1 401 Unauthorized".into(),
    };
    let hint = Some(Hint::Credentials);
    assert_eq!(answer(&url).await, (refusal, "Who's it?".into(), hint));
}

#[tokio::test]
async fn a_server_that_wants_an_origin_is_tried_with_one() {
    let url = server(|mut stream| {
        let head = if request(&mut stream).contains("\r\nOrigin: http://127.0.0.1:") {
            "HTTP/1.1 101 Switching Protocols\r\n\r\n"
        } else {
            "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
        };
        let _ = stream.write_all(head.as_bytes());
    });
    let (what, _, hint) = answer(&url).await;
    assert!(matches!(what, Answered::Refusal { status: 403, .. }));
    let origin = url.replace("ws:", "http:").trim_end_matches('/').to_owned();
    assert_eq!(hint, Some(Hint::Origin(origin)));
}

#[tokio::test]
async fn a_redirect_is_told_with_where_to() {
    let url = answering(
        "HTTP/1.1 301 Moved Permanently\r\nLocation: /chat\r\nContent-Length: 0\r\n\r\n",
        "",
    );
    assert_eq!(answer(&url).await.2, Some(Hint::Redirect("/chat".into())));
}

#[tokio::test]
async fn a_tls_server_and_one_that_hangs_up_are_told() {
    let url = server(|mut stream| {
        request(&mut stream);
        let _ = stream.write_all(b"\x15\x03\x01\x00\x02\x02\x46");
    });
    let (what, _, hint) = answer(&url).await;
    assert_eq!((what, hint), (Answered::Tls, Some(Hint::Tls)));
    let url = server(|mut stream| _ = request(&mut stream));
    assert_eq!(answer(&url).await.0, Answered::Ended);
}

/// A 101 that is wrong is no refusal, but a failure.
#[tokio::test]
async fn a_wrong_101_is_judged() {
    let url = answering(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: wrong\r\n\r\n",
        "",
    );
    let report = test(&url).await;
    assert_eq!(report.probe.answer, None);
    assert_eq!(report.ended, Ending::Complete);
    assert!(report.summary.count(wsspec_reports::Verdict::Fail) > 0);
}
