//! Room for large messages, which is given back to the system when they are done with.

/// Bytes above which a piece of memory is large.
const LARGE: usize = 1 << 20;

/// The allocator of glibc keeps what is freed, up to 32 MiB a piece, and as much for each thread. A larger piece is mapped by
/// itself and unmapped when it is freed; pages that are never written to take no memory.
const MAPPED: usize = if cfg!(all(target_env = "gnu", target_pointer_width = "64")) {
    33 << 20
} else {
    0
};

/// The capacity to ask for, to store this many bytes.
///
/// ```
/// use wsspec_core::room;
///
/// assert_eq!(room(1000), 1000);
/// assert!(room(16 << 20) >= 16 << 20);
/// ```
pub const fn room(bytes: usize) -> usize {
    if bytes > LARGE && bytes < MAPPED {
        MAPPED
    } else {
        bytes
    }
}
