//! Every offer of permessage-deflate with every support of a server, against RFC 7692 §7.1.

use wsspec_core::Role;
use wsspec_core::deflate::message::Context;
use wsspec_core::deflate::negotiation::{BadParameter, ParameterFault, Parameters, Support, judge};
use wsspec_core::handshake::{Extension, parse_extensions};

const BITS: [u8; 4] = [8, 9, 14, 15];

fn contexts() -> impl Iterator<Item = Context> {
    [false, true].into_iter().flat_map(|takeover| {
        BITS.map(|window_bits| Context {
            takeover,
            window_bits,
        })
    })
}

fn offers() -> Vec<Parameters> {
    let mut offers = Vec::new();
    let windows = || BITS.map(Some).into_iter().chain([None]);
    let hints = || windows().map(Some).chain([None]);
    for flags in 0..4 {
        for server_max_window_bits in windows() {
            offers.extend(hints().map(|client_max_window_bits| Parameters {
                server_no_context_takeover: flags & 1 != 0,
                client_no_context_takeover: flags & 2 != 0,
                server_max_window_bits,
                client_max_window_bits,
            }));
        }
    }
    offers
}

/// An answer has no more parameters than it must, and none that the offer does not allow.
#[test]
fn every_answer_conforms_and_has_no_needless_parameter() {
    for offer in offers() {
        for (server, client) in
            contexts().flat_map(|server| contexts().map(move |client| (server, client)))
        {
            let answer = Support { server, client }.answer(&offer);
            let about = format!("{offer} under {server:?} {client:?} is answered {answer}");
            assert_eq!(answer.violations(&offer), [], "{about}");

            let most = offer
                .server_max_window_bits
                .unwrap_or(15)
                .min(server.window_bits);
            assert_eq!(answer.context(Role::Server).window_bits, most, "{about}");
            let named = offer.server_max_window_bits.is_some() || most < 15;
            assert_eq!(answer.server_max_window_bits.is_some(), named, "{about}");

            let hint = offer
                .client_max_window_bits
                .map_or(15, |hint| hint.unwrap_or(15).min(client.window_bits));
            assert_eq!(
                answer.client_max_window_bits,
                (hint < 15).then_some(Some(hint)),
                "{about}"
            );

            let takeover = [Role::Server, Role::Client].map(|role| answer.context(role).takeover);
            let kept = [
                server.takeover && !offer.server_no_context_takeover,
                client.takeover && !offer.client_no_context_takeover,
            ];
            assert_eq!(takeover, kept, "{about}");

            let (offered, answered) = ([Extension::from(offer)], [Extension::from(answer)]);
            assert_eq!(
                judge(&answered, &offered),
                (Some(answer), vec![]),
                "{about}"
            );
            assert_eq!(
                parse_extensions(answer.to_string().as_bytes()),
                Ok(answered.to_vec())
            );
        }
    }
}

#[test]
fn keeping_to_a_context_leaves_the_peer_free() {
    for context in contexts() {
        for role in [Role::Server, Role::Client] {
            let parameters = Parameters::keeping(role, context);
            assert_eq!(
                (parameters.context(role), parameters.context(role.peer())),
                (context, Context::default())
            );
            let named = parameters.server_max_window_bits.is_some()
                || parameters.client_max_window_bits.is_some();
            assert_eq!(named, context.window_bits < 15, "{parameters}");
        }
    }
}

#[test]
fn a_bad_parameter_is_reported_by_name_and_fault() {
    for (parameters, name, fault, told) in [
        ("x", "x", ParameterFault::Unknown, "unknown"),
        (
            "server_max_window_bits=16",
            "server_max_window_bits",
            ParameterFault::OutOfRange,
            "8 to 15",
        ),
        (
            "server_max_window_bits",
            "server_max_window_bits",
            ParameterFault::ValueMissing,
            "no value",
        ),
    ] {
        let extension =
            &parse_extensions(format!("permessage-deflate; {parameters}").as_bytes()).unwrap()[0];
        let bad = Parameters::of_offer(extension).unwrap_err();
        assert_eq!(
            bad,
            BadParameter {
                name: name.to_owned(),
                fault
            }
        );
        assert!(
            bad.to_string().starts_with(name) && bad.to_string().contains(told),
            "{bad}"
        );
    }
}
