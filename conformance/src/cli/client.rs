//! `wsspec client -- CMD {url}`: a client is the one under test.

use std::sync::Arc;
use std::thread;

use tokio::runtime::Runtime;
use wsspec::run::{Client, Subject, Way};
use wsspec_core::Role;

use super::args;
use super::session::Session;
use super::{Done, Failure, corpus};

/// Clients at once for each processor: starting one takes more of it than the conversation.
const FOR_EACH_PROCESSOR: usize = 2;

pub(super) fn client(args: &args::Client) -> Done {
    let corpus = corpus(&args.select.vectors)?;
    let way = match args.batch {
        Some(count) => Way::Batches(count.into()),
        None if args.keep => Way::Kept,
        None => Way::Each,
    };
    let client = Client::new(args.command.clone(), way, args.listen).map_err(Failure::usage)?;
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let jobs = args
        .jobs
        .map_or(processors * FOR_EACH_PROCESSOR, usize::from);
    let runtime = Runtime::new().map_err(Failure::usage)?;
    runtime.block_on(async {
        let subject = Subject::Client(Arc::new(client));
        Session::new(&args.conduct, &args.select, &corpus, Role::Client, jobs)?
            .all(&[subject])
            .await
    })
}
