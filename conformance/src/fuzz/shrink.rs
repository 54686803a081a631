//! Simpler variants of a conversation.

use std::iter::successors;

use super::plan::{Body, FrameSpec, Piece, Plan, SendStep, Split};

/// Plans that are simpler than `plan` in one way each, the most simplified first.
pub(crate) fn simpler(plan: &Plan) -> Vec<Plan> {
    let mut variants = Variants::of(plan);
    variants.found = shorter(plan).collect();
    simpler_opening(&mut variants);
    for at in 0..plan.sends.len() {
        simpler_step(&mut variants, at);
    }
    variants
        .found
        .retain(|plan| plan.opening.is_some() || !plan.sends.is_empty());
    variants.found
}

/// `plan` without a half, a quarter, and so on, of its steps.
pub(crate) fn shorter(plan: &Plan) -> impl Iterator<Item = Plan> {
    let count = plan.sends.len();
    let sizes = successors(Some(count / 2), |size| Some(size / 2)).take_while(|size| *size > 0);
    sizes.flat_map(move |size| {
        (0..count).step_by(size).map(move |from| {
            let mut shorter = plan.clone();
            shorter.sends.drain(from..(from + size).min(count));
            shorter
        })
    })
}

/// `plan` with half of the payload of one of its frames, and with all but its last byte.
pub(crate) fn smaller(plan: &Plan) -> impl Iterator<Item = Plan> {
    plan.sends.iter().enumerate().flat_map(move |(at, step)| {
        let frames = step.frames.iter().enumerate();
        frames.flat_map(move |(which, piece)| {
            smaller_payloads(piece).map(move |spec| {
                let mut smaller = plan.clone();
                smaller.sends[at].frames[which] = Piece::Generated(spec);
                smaller
            })
        })
    })
}

fn smaller_payloads(piece: &Piece) -> impl Iterator<Item = FrameSpec> {
    let spec = match piece {
        Piece::Generated(spec) => Some(spec),
        Piece::FromVector(_) | Piece::Raw(_) => None,
    };
    spec.into_iter().flat_map(|spec| {
        let size = spec.body.size();
        let sizes = [size / 2, size.saturating_sub(1)];
        let smaller = sizes.into_iter().filter(move |smaller| *smaller < size);
        smaller.map(|size| FrameSpec {
            body: truncated(&spec.body, size),
            ..spec.clone()
        })
    })
}

/// Changed copies of something.
struct Variants<'a, T> {
    original: &'a T,
    found: Vec<T>,
}

impl<'a, T: Clone + PartialEq> Variants<'a, T> {
    fn of(original: &'a T) -> Variants<'a, T> {
        Variants {
            original,
            found: Vec::new(),
        }
    }

    /// Adds a copy with this change, if that makes a difference.
    fn add(&mut self, change: impl FnOnce(&mut T)) {
        let mut variant = self.original.clone();
        change(&mut variant);
        if variant != *self.original {
            self.found.push(variant);
        }
    }
}

fn simpler_opening(variants: &mut Variants<'_, Plan>) {
    variants.add(|p| p.terms = None);
    variants.add(|p| p.opening = None);
    let Some(opening) = &variants.original.opening else {
        return;
    };
    for name in opening.headers.keys() {
        variants.add(|p| {
            if let Some(opening) = &mut p.opening {
                opening.headers.shift_remove(name);
            }
        });
    }
    variants.add(|p| {
        if let Some(opening) = &mut p.opening {
            opening.split = Split::Never;
        }
    });
}

fn simpler_step(variants: &mut Variants<'_, Plan>, at: usize) {
    let sends = &variants.original.sends;
    let step = &sends[at];
    let next = sends.get(at + 1);
    if step.frames.len() > 1 {
        for which in 0..step.frames.len() {
            variants.add(|p| drop(p.sends[at].frames.remove(which)));
        }
    }
    variants.add(|p| p.sends[at].times = 1);
    variants.add(|p| p.sends[at].times = p.sends[at].times.div_ceil(2));
    variants.add(|p| p.sends[at].times = p.sends[at].times.saturating_sub(1).max(1));
    variants.add(|p| p.sends[at].split = Split::Never);
    variants.add(|p| p.sends[at].wait = false);
    for (which, piece) in step.frames.iter().enumerate() {
        if !is_simplest(piece) {
            let simplest = FrameSpec::new(1, Body::Bytes(b"a".to_vec()));
            variants.add(|p| p.sends[at].frames[which] = Piece::Generated(simplest));
        }
        for spec in simpler_pieces(piece) {
            variants.add(|p| p.sends[at].frames[which] = Piece::Generated(spec));
        }
    }
    if step.times == 1 && next.is_some_and(|next| next.times == 1) {
        variants.add(|p| join(p, at));
    }
}

/// Sends two consecutive steps as one.
fn join(plan: &mut Plan, at: usize) {
    let next: SendStep = plan.sends.remove(at + 1);
    let step = &mut plan.sends[at];
    step.frames.extend(next.frames);
    step.wait = next.wait;
    if step.split == Split::Never {
        step.split = next.split;
    }
}

/// Whether it is an uncompressed text message in one frame, of at most one byte.
fn is_simplest(piece: &Piece) -> bool {
    matches!(piece, Piece::Generated(spec)
        if spec.body.size() < 2 && *spec == FrameSpec::new(1, spec.body.clone()))
}

fn simpler_pieces(piece: &Piece) -> Vec<FrameSpec> {
    match piece {
        Piece::Generated(spec) => simpler_frames(spec),
        Piece::FromVector(frame) => {
            let deflate = frame.contains_key("deflate");
            [1, 8, 100, 1000]
                .map(|size| FrameSpec {
                    deflate,
                    ..FrameSpec::new(1, Body::Repeat("a".into(), size))
                })
                .into()
        }
        Piece::Raw(_) => vec![FrameSpec::new(9, Body::Bytes(Vec::new()))],
    }
}

fn simpler_frames(spec: &FrameSpec) -> Vec<FrameSpec> {
    let mut variants = Variants::of(spec);
    variants.add(|s| s.fragments.clear());
    variants.add(|s| s.fragments.truncate(s.fragments.len() / 2));
    variants.add(|s| s.fragments.truncate(s.fragments.len().saturating_sub(1)));
    variants.add(|s| s.between = None);
    variants.add(|s| s.deflate = false);
    variants.add(|s| s.rsv.truncate(1));
    for body in simpler_bodies(&spec.body) {
        variants.add(|s| s.body = body);
    }
    variants.add(|s| s.fragments.iter_mut().for_each(|size| *size /= 2));
    variants.found
}

fn simpler_bodies(body: &Body) -> Vec<Body> {
    let size = body.size();
    let plain = Body::Repeat("a".into(), size);
    let mut found = vec![Body::Bytes(b"a".to_vec()), plain];
    let sizes = [
        0,
        size / 2,
        size - size / 4,
        size - size / 16,
        size.saturating_sub(1),
    ];
    let smaller = sizes.into_iter().filter(|smaller| *smaller < size);
    found.extend(smaller.map(|size| truncated(body, size)));
    if let Body::Bytes(bytes) = body
        && bytes.len() > 1
    {
        found.push(Body::Bytes(bytes[1..].to_vec()));
    }
    let simple = is_simple(body);
    found.retain(|smaller| smaller.size() < size || (is_simple(smaller) && !simple));
    found
}

fn truncated(body: &Body, size: u64) -> Body {
    match body {
        Body::Bytes(bytes) => Body::Bytes(bytes[..size as usize].to_vec()),
        Body::Repeat(text, _) => Body::Repeat(text.clone(), size),
        Body::Ascii(_, seed) => Body::Ascii(size, *seed),
        Body::Random(_, seed) => Body::Random(size, *seed),
    }
}

/// Whether it has at most one byte, or repeats the letter a.
fn is_simple(body: &Body) -> bool {
    match body {
        Body::Bytes(bytes) => bytes.len() <= 1,
        Body::Repeat(text, _) => text == "a",
        Body::Ascii(..) | Body::Random(..) => false,
    }
}
