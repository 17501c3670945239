package inbox

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"regexp"
	"strings"
	"time"
)

// Message is a received mail.
type Message struct {
	ID          string       `json:"id"`
	MessageID   string       `json:"message_id"`
	From        string       `json:"from"`
	To          []string     `json:"to"`
	Subject     string       `json:"subject"`
	ReceivedAt  time.Time    `json:"received_at"`
	Text        string       `json:"text"`
	HTML        string       `json:"html"`
	Links       []string     `json:"links"` // in the text
	Attachments []Attachment `json:"attachments"`
}

// Attachment is a file of a message.
type Attachment struct {
	Name string `json:"name"`
	Type string `json:"type"`
	Size int    `json:"size"`
	data []byte
}

// Data returns the file.
func (a Attachment) Data() []byte { return a.data }

var link = regexp.MustCompile(`https?://[^\s<>"]+`)

// parse reads a message. What cannot be read of it is empty.
func parse(raw []byte) Message {
	m := Message{Links: []string{}, Attachments: []Attachment{}}
	parsed, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		m.Text = string(raw)
		return m
	}
	var words mime.WordDecoder
	m.MessageID = strings.Trim(parsed.Header.Get("Message-ID"), "<>")
	if m.Subject, err = words.DecodeHeader(parsed.Header.Get("Subject")); err != nil {
		m.Subject = parsed.Header.Get("Subject")
	}
	m.add(part{parsed.Header.Get, parsed.Body})
	if found := link.FindAllString(m.Text, -1); found != nil {
		m.Links = found
	}
	return m
}

// part is a part of a multipart message, or the whole message.
type part struct {
	header func(key string) string
	body   io.Reader
}

func (m *Message) add(p part) {
	kind, params, err := mime.ParseMediaType(p.header("Content-Type"))
	if err != nil {
		kind = "text/plain"
	}
	if strings.HasPrefix(kind, "multipart/") {
		parts := multipart.NewReader(p.body, params["boundary"])
		for {
			next, err := parts.NextRawPart()
			if err != nil {
				return
			}
			m.add(part{next.Header.Get, next})
		}
	}
	data := p.decoded()
	_, disposition, _ := mime.ParseMediaType(p.header("Content-Disposition"))
	switch name := disposition["filename"]; {
	case name != "":
		var words mime.WordDecoder
		if decoded, err := words.DecodeHeader(name); err == nil {
			name = decoded
		}
		m.Attachments = append(m.Attachments, Attachment{Name: name, Type: kind, Size: len(data), data: data})
	case kind == "text/html":
		m.HTML = string(data)
	case kind == "text/plain":
		m.Text = strings.ReplaceAll(string(data), "\r\n", "\n")
	}
}

func (p part) decoded() []byte {
	body := p.body
	switch strings.ToLower(p.header("Content-Transfer-Encoding")) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	data, err := io.ReadAll(body)
	if err != nil {
		return nil
	}
	return data
}
