// A placeholder: the element is not here yet.
