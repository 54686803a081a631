# Starts the echo with the libraries of RabbitMQ: server.sh PORT
for library in cowboy cowlib ranch; do
  paths="$paths $(echo /usr/lib/rabbitmq/lib/rabbitmq_server-*/plugins/"$library"-*/ebin)"
done
# shellcheck disable=SC2086
exec erl -noshell -pa $paths . -run echo main "$1"
