// An HTTP server and its clients in one program, and a counter that goroutines race on.
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	count := 0
	go http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for i := 0; i < 1000; i++ {
			count++
		}
		fmt.Fprintf(w, "%s %d\n", r.URL.Path, count)
	}))
	var group sync.WaitGroup
	total := 0
	for i := 0; i < 4; i++ {
		group.Add(1)
		go func(i int) {
			defer group.Done()
			for j := 0; j < 50; j++ {
				answer, err := http.Get(fmt.Sprintf("http://%s/%d/%d", listener.Addr(), i, j))
				if err != nil {
					panic(err)
				}
				body, _ := io.ReadAll(answer.Body)
				answer.Body.Close()
				total += len(body)
			}
		}(i)
	}
	group.Wait()
	fmt.Println(count, total)
}
