//! From a manifest to command lines of `wsspec`.

use std::path::Path;

use wsspec_reports::{TargetRole, Transport};

use super::manifest::{Client, Gateway, Manifest, Server};

/// One way to test an implementation.
#[derive(Debug, Clone, PartialEq)]
pub struct Unit<'a> {
    /// The name of the implementation, with role and transport where they are not the usual ones: `ws`,
    /// `ws-client`, `hypercorn-h2`.
    pub id: String,
    /// What is tested.
    pub role: TargetRole,
    /// What it is reached over.
    pub transport: Transport,
    manifest: &'a Manifest,
    way: Way<'a>,
}

/// The table of the manifest.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Way<'a> {
    Server(&'a Server),
    Client(&'a Client),
    Gateway(&'a Gateway),
}

/// All ways to test the implementation `name`: servers, clients, gateways.
pub fn units<'a>(name: &str, manifest: &'a Manifest) -> Vec<Unit<'a>> {
    let servers = manifest.server.iter().map(Way::Server);
    let clients = manifest.client.iter().map(Way::Client);
    let gateways = manifest.gateway.iter().map(Way::Gateway);
    let ways = servers.chain(clients).chain(gateways);
    ways.map(|way| Unit::new(name, manifest, way)).collect()
}

impl<'a> Unit<'a> {
    fn new(name: &str, manifest: &'a Manifest, way: Way<'a>) -> Unit<'a> {
        let (role, transport) = match way {
            Way::Server(server) => (TargetRole::Server, server.transport),
            Way::Client(client) => (TargetRole::Client, client.transport),
            Way::Gateway(gateway) => (TargetRole::Gateway, gateway.transport),
        };
        let role_end = Some(role.name()).filter(|_| role != TargetRole::Server);
        let transport_end = Some(transport.name()).filter(|_| transport != Transport::Tcp);
        let mut id = name.to_owned();
        for end in role_end.into_iter().chain(transport_end) {
            let end = format!("-{end}");
            // A name may say it already.
            if !name.ends_with(&end) {
                id.push_str(&end);
            }
        }
        Unit {
            id,
            role,
            transport,
            manifest,
            way,
        }
    }

    /// The command line that tests it, without the name of the program: `options` are added to those of the
    /// manifest. Files that the manifest names are in `dir`.
    pub fn arguments(&self, dir: &Path, options: &[String]) -> Vec<String> {
        let mut words = Vec::new();
        let (own, command): (&[String], &[String]) = match self.way {
            Way::Server(server) => {
                server_words(server, &mut words);
                (&server.options, &server.command)
            }
            Way::Client(client) => {
                words.push("client".to_owned());
                if client.keep {
                    words.push("--keep".to_owned());
                }
                option(&mut words, "--jobs", client.jobs);
                (&client.options, &client.command)
            }
            Way::Gateway(gateway) => {
                words.push("through".to_owned());
                option(&mut words, "--jobs", gateway.jobs);
                (&gateway.options, &gateway.command)
            }
        };
        if self.transport != Transport::Tcp {
            option(&mut words, "--transport", Some(self.transport));
        }
        self.shared(dir, &mut words);
        words.extend(self.manifest.options.iter().cloned());
        words.extend(own.iter().cloned());
        words.extend(options.iter().cloned());
        if !command.is_empty() {
            words.push("--".to_owned());
            words.extend(command.iter().cloned());
        }
        words
    }

    /// What the manifest says about every way.
    fn shared(&self, dir: &Path, words: &mut Vec<String>) {
        let unsupported = self.manifest.unsupported.iter();
        for case in unsupported.flat_map(|unsupported| &unsupported.cases) {
            option(words, "--exclude", Some(case));
        }
        // A gateway claims none: what it forwards to decides.
        if self.role != TargetRole::Gateway {
            for (limit, value) in &self.manifest.limits {
                option(words, limit.option(), Some(value));
            }
        }
        let baseline = self.manifest.baseline.as_ref();
        option(
            words,
            "--baseline",
            baseline.map(|file| dir.join(file).display().to_string()),
        );
    }
}

/// How a server is started and reached.
fn server_words(server: &Server, words: &mut Vec<String>) {
    if let Some(url) = &server.url {
        words.extend(["run".to_owned(), url.clone()]);
    } else {
        words.push("server".to_owned());
        option(words, "--path", server.path.as_ref());
        option(words, "--port", server.port);
        option(words, "--start-timeout", server.start_timeout);
    }
    option(words, "--jobs", server.jobs);
}

/// Appends an option that has a value.
fn option(words: &mut Vec<String>, name: &str, value: Option<impl ToString>) {
    if let Some(value) = value {
        words.extend([name.to_owned(), value.to_string()]);
    }
}
