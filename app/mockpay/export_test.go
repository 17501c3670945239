package mockpay

// Operations returns the method and the path of every operation.
func Operations(s *Server) (out []string) {
	for _, op := range s.operations() {
		out = append(out, op.method+" "+op.path)
	}
	return out
}
