//! Echoes with ws-rs, or with parity-ws under its name. Usage: ws PORT

fn main() {
    let port = std::env::args().last().expect("a port");
    ws::listen(format!("127.0.0.1:{port}"), |out: ws::Sender| move |message: ws::Message| out.send(message))
        .expect("the port is free");
}
