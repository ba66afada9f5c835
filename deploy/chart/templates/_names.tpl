{{- define "k8s-mcp.subject" -}}
- kind: ServiceAccount
  name: k8s-mcp
  namespace: {{ .Release.Namespace }}
{{- end -}}

{{- define "k8s-mcp.binding" -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ .role }}
  namespace: {{ .namespace }}
  labels:
    app.kubernetes.io/name: k8s-mcp
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: {{ .role }}
subjects:
  {{- include "k8s-mcp.subject" .root | nindent 2 }}
{{- end -}}
