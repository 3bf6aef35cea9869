// usage: webhook PORT CERTIFICATE KEY MEMBER...
//
// The same webhook as a Go program is usually written: net/http and encoding/json, which is what controller-runtime
// stands on as well. Decodes the AdmissionReview, picks an owner, answers a JSON patch. HTTP/1.1 and HTTP/2.
package main

import (
	"encoding/json"
	"hash/fnv"
	"io"
	"log"
	"net/http"
	"os"
)

type review struct {
	Kind       string    `json:"kind"`
	APIVersion string    `json:"apiVersion"`
	Request    *request  `json:"request,omitempty"`
	Response   *response `json:"response,omitempty"`
}

type request struct {
	UID       string          `json:"uid"`
	Name      string          `json:"name"`
	Namespace string          `json:"namespace"`
	Operation string          `json:"operation"`
	Object    json.RawMessage `json:"object"`
	OldObject json.RawMessage `json:"oldObject"`
}

type response struct {
	UID       string `json:"uid"`
	Allowed   bool   `json:"allowed"`
	PatchType string `json:"patchType"`
	Patch     []byte `json:"patch"`
}

type task struct {
	Metadata struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
	} `json:"metadata"`
	Spec *struct {
		Owner string `json:"owner"`
	} `json:"spec"`
}

type operation struct {
	Op    string      `json:"op"`
	Path  string      `json:"path"`
	Value interface{} `json:"value"`
}

var members = os.Args[4:]

func decide(body []byte) ([]byte, error) {
	var asked review
	if err := json.Unmarshal(body, &asked); err != nil {
		return nil, err
	}
	var object task
	if err := json.Unmarshal(asked.Request.Object, &object); err != nil {
		return nil, err
	}
	hash := fnv.New64a()
	io.WriteString(hash, asked.Request.Namespace+"/"+asked.Request.Name)
	owner := members[hash.Sum64()%uint64(len(members))]
	change := operation{"add", "/spec/owner", owner}
	if object.Spec == nil {
		change = operation{"add", "/spec", map[string]string{"owner": owner}}
	}
	patch, err := json.Marshal([]operation{change})
	if err != nil {
		return nil, err
	}
	return json.Marshal(review{Kind: asked.Kind, APIVersion: asked.APIVersion,
		Response: &response{UID: asked.Request.UID, Allowed: true, PatchType: "JSONPatch", Patch: patch}})
}

func main() {
	http.HandleFunc("/mutate/task-owners", func(out http.ResponseWriter, in *http.Request) {
		body, err := io.ReadAll(in.Body)
		if err == nil {
			body, err = decide(body)
		}
		if err != nil {
			http.Error(out, err.Error(), http.StatusBadRequest)
			return
		}
		out.Header().Set("Content-Type", "application/json")
		out.Write(body)
	})
	log.Fatal(http.ListenAndServeTLS("127.0.0.1:"+os.Args[1], os.Args[2], os.Args[3], nil))
}
