//! Smaller conversations, to find the smallest that shows the same.

use super::plan::{Body, Made, Move, Piece, Plan, Split};

/// Conversations that are simpler than `plan` in one way each, the boldest first.
pub(crate) fn simpler(plan: &Plan) -> Vec<Plan> {
    let mut found = Vec::new();
    let count = plan.moves.len();
    let mut with = |change: &dyn Fn(&mut Plan)| {
        let mut smaller = plan.clone();
        change(&mut smaller);
        if smaller != *plan && (smaller.heading.is_some() || !smaller.moves.is_empty()) {
            found.push(smaller);
        }
    };
    // Without half, a quarter, … one of the moves.
    let mut size = count / 2;
    while size > 0 {
        for from in (0..count).step_by(size) {
            with(&|p| drop(p.moves.drain(from..(from + size).min(count))));
        }
        size /= 2;
    }
    with(&|p| p.terms = None);
    with(&|p| p.heading = None);
    for name in plan
        .heading
        .iter()
        .flat_map(|heading| heading.headers.keys())
    {
        with(&|p| {
            p.heading
                .iter_mut()
                .for_each(|heading| drop(heading.headers.shift_remove(name)))
        });
    }
    with(&|p| {
        p.heading
            .iter_mut()
            .for_each(|heading| heading.split = Split::Never)
    });
    for at in 0..count {
        for which in (0..plan.moves[at].frames.len()).filter(|_| plan.moves[at].frames.len() > 1) {
            with(&|p| drop(p.moves[at].frames.remove(which)));
        }
        with(&|p| p.moves[at].times = 1);
        with(&|p| p.moves[at].times = p.moves[at].times.div_ceil(2));
        with(&|p| p.moves[at].times = p.moves[at].times.saturating_sub(1).max(1));
        with(&|p| p.moves[at].split = Split::Never);
        with(&|p| p.moves[at].wait = false);
        for which in 0..plan.moves[at].frames.len() {
            if !is_plain(&plan.moves[at].frames[which]) {
                with(&|p| {
                    p.moves[at].frames[which] =
                        Piece::Made(Made::new(1, Body::Bytes(b"a".to_vec())))
                });
            }
            for simple in simpler_pieces(&plan.moves[at].frames[which]) {
                with(&|p| p.moves[at].frames[which] = Piece::Made(simple.clone()));
            }
        }
        // Two writes as one.
        if at + 1 < count && plan.moves[at].times == 1 && plan.moves[at + 1].times == 1 {
            with(&|p| {
                let Move {
                    frames,
                    split,
                    wait,
                    ..
                } = p.moves.remove(at + 1);
                p.moves[at].frames.extend(frames);
                p.moves[at].wait = wait;
                if p.moves[at].split == Split::Never {
                    p.moves[at].split = split;
                }
            });
        }
    }
    found
}

/// A text message in one frame, not compressed, of at most one byte: nothing is simpler.
fn is_plain(piece: &Piece) -> bool {
    matches!(piece, Piece::Made(made) if made.body.size() < 2 && *made == Made::new(1, made.body.clone()))
}

fn simpler_pieces(piece: &Piece) -> Vec<Made> {
    match piece {
        Piece::Made(made) => simpler_frames(made),
        Piece::Given(frame) => {
            let deflate = frame.contains_key("deflate");
            [1, 8, 100, 1000]
                .map(|size| Made {
                    deflate,
                    ..Made::new(1, Body::Repeat("a".into(), size))
                })
                .into()
        }
        Piece::Raw(_) => vec![Made::new(9, Body::Bytes(Vec::new()))],
    }
}

fn simpler_frames(made: &Made) -> Vec<Made> {
    let mut found = Vec::new();
    let mut with = |change: &dyn Fn(&mut Made)| {
        let mut smaller = made.clone();
        change(&mut smaller);
        if smaller != *made {
            found.push(smaller);
        }
    };
    with(&|m| m.fragments.clear());
    with(&|m| m.fragments.truncate(m.fragments.len() / 2));
    with(&|m| m.fragments.truncate(m.fragments.len().saturating_sub(1)));
    with(&|m| m.between = None);
    with(&|m| m.deflate = false);
    with(&|m| m.rsv.truncate(1));
    for body in simpler_bodies(&made.body) {
        with(&|m| m.body = body.clone());
    }
    with(&|m| m.fragments.iter_mut().for_each(|size| *size /= 2));
    found
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
    found.extend(
        sizes
            .into_iter()
            .filter(|smaller| *smaller < size)
            .map(|smaller| match body {
                Body::Bytes(bytes) => Body::Bytes(bytes[..smaller as usize].to_vec()),
                Body::Repeat(text, _) => Body::Repeat(text.clone(), smaller),
                Body::Ascii(_, seed) => Body::Ascii(smaller, *seed),
                Body::Random(_, seed) => Body::Random(smaller, *seed),
            }),
    );
    if let Body::Bytes(bytes) = body {
        found.extend((bytes.len() > 1).then(|| Body::Bytes(bytes[1..].to_vec())));
    }
    // As it is, if it is small already, or repeats one thing.
    let simple = |b: &Body| {
        matches!(b, Body::Bytes(bytes) if bytes.len() <= 1)
            || matches!(b, Body::Repeat(t, _) if t == "a")
    };
    found.retain(|smaller| smaller.size() < size || simple(smaller) && !simple(body));
    found
}
