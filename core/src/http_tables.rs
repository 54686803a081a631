//! The form of the tables that HTTP/2 and HTTP/3 both have: what a peer can do wrong, and error codes.

/// A table of violations: variant, stable name, RFC and section, scope, error code, meaning. It needs
/// `Clause`, `Scope` and `ErrorCode` in scope.
macro_rules! violation_table {
    ($about:literal; $($variant:ident $name:literal $rfc:literal $section:literal $scope:ident $code:ident => $meaning:literal;)*) => {
        #[doc = $about]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Violation {
            $(#[doc = concat!($meaning, " (RFC ", stringify!($rfc), " §", $section, ").")] $variant,)*
        }

        impl Violation {
            /// Every violation, in the order of the table.
            pub const ALL: &'static [Violation] = &[$(Violation::$variant,)*];

            /// The stable name, for example `settings-not-first`.
            pub const fn name(self) -> &'static str {
                match self { $(Violation::$variant => $name,)* }
            }

            /// The clause it breaks.
            pub const fn clause(self) -> Clause {
                match self { $(Violation::$variant => Clause { rfc: $rfc, section: $section },)* }
            }

            /// How far the error reaches.
            pub const fn scope(self) -> Scope {
                match self { $(Violation::$variant => Scope::$scope,)* }
            }

            /// The error code that a conforming endpoint answers with; that of no error if it ignores it.
            pub const fn code(self) -> ErrorCode {
                match self { $(Violation::$variant => ErrorCode::$code,)* }
            }

            /// What is wrong, in one line.
            pub const fn meaning(self) -> &'static str {
                match self { $(Violation::$variant => $meaning,)* }
            }
        }
    };
}
pub(crate) use violation_table;

/// The error codes that have a name: constant, name, number. It needs `ErrorCode`, a number in a tuple,
/// in scope.
macro_rules! error_codes {
    ($($constant:ident $name:literal $value:literal;)*) => {
        impl ErrorCode {
            $(#[doc = concat!("`", $name, "`.")] pub const $constant: ErrorCode = ErrorCode($value);)*

            /// The codes that have a name, in the order of their numbers.
            pub const NAMED: &'static [ErrorCode] = &[$(ErrorCode::$constant,)*];

            /// The name, for example `INTERNAL_ERROR`, or `None` for a number without one.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($value => Some($name),)*
                    _ => None,
                }
            }

            /// Finds a code by its [`name`](Self::name).
            pub fn from_name(name: &str) -> Option<ErrorCode> {
                let mut codes = ErrorCode::NAMED.iter();
                codes.find(|code| code.name() == Some(name)).copied()
            }
        }

        impl std::fmt::Display for ErrorCode {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self.name() {
                    Some(name) => f.write_str(name),
                    None => write!(f, "{:#x}", self.0),
                }
            }
        }
    };
}
pub(crate) use error_codes;
