//! Has nothing but tests.
