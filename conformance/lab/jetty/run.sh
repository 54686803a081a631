# Runs a command of Java with the libraries of Jetty: run.sh java Echo PORT
libraries=$(ls /usr/share/java/jetty9-*.jar /usr/share/java/servlet-api.jar | tr '\n' ':')
CLASSPATH=".:$libraries" exec "$@"
