use Mojolicious::Lite -signatures;

websocket '/*any' => { any => '' } => sub ($c) {
  $c->tx->with_compression;
  $c->inactivity_timeout(3600);
  $c->on(text   => sub ($c, $bytes) { $c->send({ text   => $bytes }) });
  $c->on(binary => sub ($c, $bytes) { $c->send({ binary => $bytes }) });
};

app->log->level('fatal');
app->start('daemon', '--listen', "http://127.0.0.1:$ARGV[0]");
