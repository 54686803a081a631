//! Makes conversations: out of nothing, from ones that showed something new, and from vectors crossed with each other.

use wsspec_core::Role;

use super::heads::heading;
use super::plan::{Body, Made, Move, Piece, Plan, Split, Terms};
use wsspec_vectors::SplitMix64;

/// Sizes at which implementations change their minds.
const SIZES: &[u64] = &[
    0, 1, 2, 3, 4, 7, 8, 15, 16, 17, 31, 32, 63, 64, 123, 124, 125, 126, 127, 128, 129, 130, 131,
    132, 255, 256, 257, 511, 512, 513, 1000, 1023, 1024, 1025, 2048, 4095, 4096, 4097, 8192,
    16_383, 16_384, 16_385, 32_767, 32_768, 65_530, 65_534, 65_535, 65_536, 65_537, 65_550, 70_000,
    131_072,
];

/// Texts in which something may get lost.
const TEXTS: &[&str] = &[
    "",
    "a",
    "Hello",
    "Hello, world! Hello, world!",
    "κόσμε",
    "\u{feff}mark",
    "line\r\nend\r\n",
    "a\0b",
    "\0",
    "𝄞𝄞",
    "/",
    "{\"a\": [1]}",
    "\u{10ffff}",
    "\u{ffff}",
    "ß\u{301}",
    "%00%0d%0a",
    "\u{7f}\u{80}",
    "<a>",
];

/// Bytes that are no text.
const NO_TEXTS: &[&[u8]] = &[
    b"\xff",
    b"\x80",
    b"a\xc0\xaf",
    b"\xc0\x80",
    b"\xe0\x80\xaf",
    b"\xf0\x80\x80\xaf",
    b"\xed\xa0\x80",
    b"\xed\xbf\xbf",
    b"\xed\xa0\x80\xed\xb0\x80",
    b"\xf4\x90\x80\x80",
    b"\xf5\x80\x80\x80",
    b"\xfe",
    b"ok\xe2\x82",
    b"ok\xf0\x9f\x92",
    b"\xc3(",
    b"\xe2\x28\xa1",
    b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80\x65",
    b"end\xc3",
];

/// Close codes of every kind, and what is none.
const CODES: &[u16] = &[
    0, 1, 999, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013,
    1014, 1015, 1016, 1100, 2000, 2999, 3000, 3999, 4000, 4999, 5000, 65_535,
];

/// The most moves of a conversation that is made out of nothing.
const MOVES: u64 = 7;

/// A source of choices.
pub(crate) struct Maker {
    random: SplitMix64,
    /// The target agrees on permessage-deflate.
    deflate: bool,
    target: Role,
}

impl Maker {
    /// Choices that go by `seed`.
    pub(crate) fn new(seed: u64, deflate: bool, target: Role) -> Maker {
        Maker {
            random: SplitMix64(seed),
            deflate,
            target,
        }
    }

    fn below(&mut self, n: u64) -> u64 {
        (self.random.next() >> 11) % n.max(1)
    }

    /// Once in `n` times.
    fn once_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len() as u64) as usize]
    }

    /// The next conversation: new, or made from those of `pool`.
    pub(crate) fn plan(&mut self, pool: &[Plan]) -> Plan {
        if pool.is_empty() || self.once_in(3) {
            return self.fresh();
        }
        let mut plan = self.one(pool).clone();
        if self.once_in(3) {
            // One behind the other, whole or in part.
            let other = self.one(pool).clone();
            plan.moves
                .truncate(self.below(plan.moves.len() as u64 + 1) as usize);
            let from = self.below(other.moves.len() as u64) as usize;
            plan.moves.extend(other.moves.into_iter().skip(from));
            plan.terms = plan.terms.or(other.terms);
            plan.heading = plan.heading.filter(|_| plan.terms.is_none());
        }
        for _ in 0..=self.below(3) {
            self.change(&mut plan);
        }
        plan.moves.truncate(24);
        plan
    }

    fn fresh(&mut self) -> Plan {
        let terms = (self.deflate && self.once_in(2)).then(|| self.terms());
        // Terms are agreed on in an opening of their own.
        let heading =
            (terms.is_none() && self.once_in(5)).then(|| heading(&mut self.random, self.target));
        let mut plan = Plan {
            terms,
            heading,
            moves: Vec::new(),
        };
        let mut within = false;
        for _ in 0..=self.below(MOVES) {
            let moved = self.legal(&mut within);
            plan.moves.push(moved);
        }
        // Something that ends it, more often than not.
        match self.below(8) {
            0..4 => plan.moves.push(self.wrong(within)),
            4 => plan.moves.push(self.close()),
            5 => {
                let size = 1 + self.below(40);
                let bytes = (0..size).map(|_| self.below(256) as u8).collect();
                plan.moves.push(Move {
                    frames: vec![Piece::Raw(bytes)],
                    ..self.moved(Made::new(9, Body::Bytes(Vec::new())))
                });
            }
            _ => {}
        }
        plan
    }

    fn terms(&mut self) -> Terms {
        match self.below(8) {
            0 => Terms::TheirsFresh,
            1 => Terms::TheirsWindow(9 + self.below(6) as u8),
            2 => Terms::OursFresh,
            _ => Terms::Any,
        }
    }

    /// A move that breaks no rule. `within`: a message is begun and not finished.
    fn legal(&mut self, within: &mut bool) -> Move {
        if self.once_in(4) {
            let control = self.control();
            return self.moved(control);
        }
        if *within {
            let mut made = Made::new(0, self.text());
            *within = !self.once_in(2);
            made.fin = !*within;
            return self.moved(made);
        }
        if self.once_in(6) {
            let mut made = Made::new(1, Body::Bytes(self.one(TEXTS).as_bytes().to_vec()));
            made.fin = false;
            *within = true;
            return self.moved(made);
        }
        let made = self.message();
        let mut moved = self.moved(made);
        if self.once_in(6) {
            let more = 1 + self.below(4);
            for _ in 0..more {
                let made = if self.once_in(3) {
                    self.control()
                } else {
                    self.message()
                };
                moved.frames.push(Piece::Made(made));
            }
        }
        if self.once_in(12) {
            let small = moved
                .frames
                .iter()
                .all(|piece| matches!(piece, Piece::Made(made) if made.body.size() < 300));
            moved.times = if small {
                *self.one(&[2, 3, 4, 10, 33, 300, 1100])
            } else {
                2
            };
        }
        moved
    }

    fn moved(&mut self, made: Made) -> Move {
        let size = made.body.size().cast_signed();
        let mut moved = Move::of(made);
        moved.wait = !self.once_in(3);
        moved.split = match self.below(10) {
            0 if size < 3000 => Split::EachByte,
            1 => Split::Every(1 + self.below(if size < 3000 { 9 } else { 5000 }) as usize),
            2 => Split::At(vec![1 + self.below(9).cast_signed()]),
            3 => Split::At(vec![-1 - self.below(6).cast_signed()]),
            _ => Split::Never,
        };
        moved
    }

    fn message(&mut self) -> Made {
        let mut made = if self.once_in(2) {
            Made::new(1, self.text())
        } else {
            Made::new(2, self.bytes())
        };
        let size = made.body.size();
        if self.once_in(3) {
            let most = if self.once_in(4) { 20 } else { 3 };
            let count = 1 + self.below(most);
            made.fragments = (0..count)
                .map(|_| self.below(size / count + 2) as usize)
                .collect();
            if self.once_in(3) {
                made.between = Some((9 + self.below(2) as u8, self.small()));
            }
        }
        made.deflate = self.deflate && !self.once_in(3);
        made
    }

    fn control(&mut self) -> Made {
        Made::new(if self.once_in(4) { 10 } else { 9 }, self.small())
    }

    fn size(&mut self) -> u64 {
        match self.below(8) {
            0..4 => *self.one(&SIZES[..29]),
            4 => *self.one(SIZES),
            5 => self.below(300),
            6 => self.below(3000),
            _ => 120 + self.below(12),
        }
    }

    /// What a control frame may hold.
    fn small(&mut self) -> Body {
        let size = *self.one(&[0, 1, 4, 8, 64, 124, 125]);
        match self.below(4) {
            0 => Body::Random(size, self.below(1000)),
            1 => Body::Repeat("ping".into(), size),
            _ => Body::Bytes(self.one(TEXTS).as_bytes().to_vec()),
        }
    }

    fn text(&mut self) -> Body {
        match self.below(5) {
            0 | 1 => Body::Bytes(self.one(TEXTS).as_bytes().to_vec()),
            2 => Body::Repeat("0123456789 ".into(), self.size()),
            _ => Body::Ascii(self.size(), self.below(1000)),
        }
    }

    fn bytes(&mut self) -> Body {
        match self.below(6) {
            0 => Body::Bytes(self.one(NO_TEXTS).to_vec()),
            1 => Body::Repeat("\0".into(), self.size()),
            2 => Body::Repeat("wsspec ".into(), self.size()),
            _ => Body::Random(self.size(), self.below(1000)),
        }
    }

    fn close(&mut self) -> Move {
        let mut body = Vec::new();
        if !self.once_in(6) {
            body.extend(self.one(CODES).to_be_bytes());
            match self.below(6) {
                0 => body.extend(*self.one(NO_TEXTS)),
                1 | 2 => body.extend(self.one(TEXTS).bytes()),
                3 => body.extend("r".repeat(123).bytes()),
                4 if self.once_in(3) => body.truncate(1),
                _ => {}
            }
        }
        self.moved(Made::new(8, Body::Bytes(body)))
    }

    /// A move that breaks a rule.
    fn wrong(&mut self, within: bool) -> Move {
        let mut made = if within {
            Made::new(0, self.text())
        } else {
            self.message()
        };
        match self.below(12) {
            0 => made.rsv = vec![*self.one(&[2, 3])],
            1 => {
                made.rsv = vec![1];
                made.deflate = false;
                // A block of the reserved type.
                if self.once_in(2) && made.opcode != 0 {
                    made.body =
                        Body::Bytes(vec![0x06 | self.below(256) as u8, self.below(256) as u8, 0]);
                }
            }
            2 => made.opcode = *self.one(&[3, 4, 5, 6, 7, 11, 12, 13, 14, 15]),
            3 => {
                made = Made {
                    fin: false,
                    ..self.control()
                }
            }
            4 => made = Made::new(u8::from(within), self.text()),
            5 => made.wrong_mask = true,
            6 => {
                made = Made::new(
                    9 + self.below(2) as u8,
                    Body::Repeat("x".into(), 126 + self.below(200)),
                )
            }
            7 => made.form = Some(*self.one(&[16, 64])),
            8 => {
                made = Made {
                    top_bit: true,
                    ..Made::new(2, Body::Bytes(b"x".to_vec()))
                }
            }
            9 => {
                made = Made {
                    rsv: vec![1 + self.below(3) as u8],
                    ..self.control()
                }
            }
            _ => {
                let bytes = self.one(NO_TEXTS).to_vec();
                made = Made::new(u8::from(!within), Body::Bytes(bytes));
                made.deflate = self.deflate && self.once_in(2);
                if self.once_in(3) {
                    made.fragments = vec![self.below(3) as usize];
                }
            }
        }
        self.moved(made)
    }

    /// Changes one thing.
    fn change(&mut self, plan: &mut Plan) {
        let at = self.below(plan.moves.len() as u64) as usize;
        match self.below(9) {
            0 => {
                let moved = self.legal(&mut false);
                plan.moves.insert(at, moved);
            }
            1 if plan.moves.len() > 1 => {
                plan.moves.remove(at);
            }
            2 => {
                if let Some(moved) = plan.moves.get(at).cloned() {
                    plan.moves.insert(at, moved);
                }
            }
            3 => {
                let within = self.once_in(2);
                let wrong = self.wrong(within);
                plan.moves.push(wrong);
            }
            4 if self.deflate && plan.heading.is_none() => {
                plan.terms = (!self.once_in(4)).then(|| self.terms())
            }
            _ => {
                if plan.moves.is_empty() {
                    return;
                }
                let which = self.below(plan.moves[at].frames.len() as u64) as usize;
                let moved = &mut plan.moves[at];
                match (self.random.next() >> 11) % 4 {
                    0 => moved.wait = !moved.wait,
                    1 => moved.split = Split::Every(1 + ((self.random.next() >> 11) % 7) as usize),
                    _ => {
                        if let Some(Piece::Made(made)) = moved.frames.get(which) {
                            let made = self.changed(made.clone());
                            plan.moves[at].frames[which] = Piece::Made(made);
                        }
                    }
                }
            }
        }
    }

    fn changed(&mut self, mut made: Made) -> Made {
        match self.below(7) {
            0 if made.is_control() => made.body = self.small(),
            0 => {
                made.body = if made.opcode == 2 {
                    self.bytes()
                } else {
                    self.text()
                }
            }
            1 | 2 => made.body = self.resized(&made.body),
            3 if !made.is_control() => {
                let size = made.body.size();
                let count = self.below(10);
                made.fragments = (0..count)
                    .map(|_| self.below(size / (count + 1) + 2) as usize)
                    .collect();
            }
            4 if !made.is_control() => made.between = Some((9 + self.below(2) as u8, self.small())),
            5 => made.deflate = self.deflate && !made.deflate,
            _ => made.fin = made.is_control() || !made.fin,
        }
        made
    }

    fn resized(&mut self, body: &Body) -> Body {
        let size = match self.below(4) {
            0 => body.size() + 1,
            1 => body.size().saturating_sub(1),
            _ => self.size(),
        };
        match body {
            Body::Bytes(bytes) => Body::Bytes(
                bytes
                    .iter()
                    .copied()
                    .cycle()
                    .take(size.min(4096) as usize)
                    .collect(),
            ),
            Body::Repeat(text, _) => Body::Repeat(text.clone(), size),
            Body::Ascii(_, seed) => Body::Ascii(size, *seed),
            Body::Random(_, seed) => Body::Random(size, *seed),
        }
    }
}
