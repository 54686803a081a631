//! Policies about the origin of a page that let in more than they should.

use super::super::builders::head_in;
use super::super::fault::PlantedFault;
use crate::peer::mutators::origins as o;

/// The rows.
#[rustfmt::skip]
pub(super) const ROWS: &[PlantedFault] = &[
    head_in("origin-any", o::origin_any, "opens for pages of any origin").guarding()
        .meant("handshake.origin-policy.other-site"),
    head_in("origin-by-beginning", o::origin_by_beginning, "opens for origins that begin like the allowed one").guarding()
        .meant("handshake.origin-policy.name-in-front"),
    head_in("origin-by-end", o::origin_by_end, "opens for origins that end like the allowed one").guarding()
        .meant("handshake.origin-policy.name-behind"),
    head_in("origin-by-part", o::origin_by_part, "opens for origins that the allowed host is a part of").guarding()
        .meant("handshake.origin-policy.name-*"),
    head_in("origin-by-pattern", o::origin_by_pattern, "opens for origins that fit the allowed one as a regular expression").guarding()
        .meant("handshake.origin-policy.dot-replaced"),
    head_in("origin-scheme-unchecked", o::origin_without_scheme, "opens for the allowed host under any scheme").guarding()
        .meant("handshake.origin-policy.other-scheme"),
    head_in("origin-port-unchecked", o::origin_without_port, "opens for the allowed host at any port").guarding()
        .meant("handshake.origin-policy.other-port"),
    head_in("origin-null-allowed", o::origin_null, "opens for the origin null").guarding()
        .meant("handshake.origin-policy.null"),
    head_in("origin-looks-alike", o::origin_looks_alike, "opens for hosts that look like the allowed one").guarding()
        .meant("handshake.origin-policy.look-alike"),
];
