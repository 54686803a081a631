import urllib3
from each_url import each_url


def echo(url):
    with urllib3.PoolManager() as pool:
        response = pool.urlopen("GET", url, preload_content=False)
        socket = response.extension
        while (message := socket.next_payload()) is not None:
            socket.send_payload(message)


each_url(echo)
